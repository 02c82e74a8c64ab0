import CLinux
public import HTTPTypes
public import Logging
public import Sendfile
public import SystemPackage

extension FastCGIServer {
    /// The settings of a server. Each has a default that works, and a name in the process environment.
    ///
    /// ``init(environment:)`` reads the environment. A property that code sets afterwards overrides it.
    public struct Configuration: Sendable {
        /// The address on which the server listens (`FASTCGI_LISTEN`); `nil` uses the socket that the program is
        /// started with.
        public var listen: ListenAddress?

        /// The mode of a Unix socket that the server opens (`FASTCGI_SOCKET_MODE`, octal). Default: 0660.
        public var socketMode = FilePermissions(rawValue: 0o660)

        /// The addresses that may connect to a TCP port (`FASTCGI_PEERS`). Default: `nil`, which permits only a Unix socket or a
        /// loopback address: on any other address the server does not start.
        public var peers: PeerAddresses?

        /// The number of threads (`FASTCGI_WORKERS`). Default: the number of processors
        /// that the process may use, at least 2.
        public var workers: Int

        /// The maximum number of threads that replace workers whose calls block, such as a read from a slow disk
        /// (`FASTCGI_SPARE_WORKERS`); 0 replaces none. Default: 64.
        public var spareWorkers = 64

        /// The time after which a request that occupies a worker without suspending is logged and counted (`FASTCGI_STALL_TIMEOUT`): a call that
        /// does not return, or a computation. It is not interrupted, because nothing can do that. Default: 10 seconds.
        public var stallTimeout = Duration.seconds(10)

        /// The maximum number of open connections (`FASTCGI_CONNECTIONS`); further ones wait in the kernel. Default:
        /// 16,384.
        public var connectionLimit = 16_384

        /// The number of requests after which the server stops as after SIGTERM, to be restarted by its service manager
        /// (`FASTCGI_REQUESTS`). Default: `nil`, any number.
        ///
        /// Exactly this many requests begin, and each is answered. A connection is accepted or kept only while a
        /// request is left for it. On a socket from systemd (`LISTEN_FDS`), later connections wait for the next
        /// process. On any other socket, connections that wait in the kernel's queue at that moment are answered as
        /// well, since no other process could do it. A web server that starts the program has its own setting for this
        /// (`FcgidMaxRequestsPerProcess`), which should be the smaller one, because the server then knows the limit in
        /// advance.
        ///
        /// ``run(isolation:)`` then returns, so a `ServiceGroup` needs
        /// `successTerminationBehavior: .gracefullyShutdownGroup`. ``runService()`` returns, too.
        public var requestLimit: Int?

        /// The maximum size of one request's parameters in bytes, names and values together
        /// (`FASTCGI_PARAMETER_BYTES`). A larger request is answered with 431. Default: 65,536.
        public var parameterBytesLimit = 64 << 10

        /// The maximum number of one request's parameters (`FASTCGI_PARAMETER_COUNT`). A request with more is answered
        /// with 431. Default: 500.
        public var parameterCountLimit = 500

        /// The maximum memory of all heads that have arrived in part, in bytes (`FASTCGI_HEAD_BYTES`). Beyond it, the connections whose heads
        /// began to arrive first are closed. At least twice the size of the largest head is used. Default: 16 MiB.
        public var headBytesLimit = 16 << 20

        /// The maximum size of a request's body in bytes (`FASTCGI_BODY_BYTES`). A larger body is answered with 413.
        /// Default: 64 MiB.
        public var bodyLimit = 64 << 20

        /// The time limit for a request's head, and then for each chunk of its body (`FASTCGI_READ_TIMEOUT`). Default:
        /// 30 seconds.
        public var readTimeout = Duration.seconds(30)

        /// The time limit for a handler that has suspended (`FASTCGI_HANDLER_TIMEOUT`). When it passes, the handler's
        /// task is cancelled and the request is answered with 504. A wait for the request's body does not count, so that a slow
        /// upload may take longer: ``readTimeout`` limits each wait. Default: 60 seconds.
        public var handlerTimeout = Duration.seconds(60)

        /// The time limit for the web server to accept a chunk of a response (`FASTCGI_WRITE_TIMEOUT`). Default: 60
        /// seconds.
        public var writeTimeout = Duration.seconds(60)

        /// The time that a connection may be idle between two requests (`FASTCGI_IDLE_TIMEOUT`). Default: 300 seconds.
        public var idleTimeout = Duration.seconds(300)

        /// The time limit for running requests when the server stops (`FASTCGI_DRAIN_TIMEOUT`). Default: 30 seconds.
        public var drainTimeout = Duration.seconds(30)

        /// The level of the one line that is logged for each request (`FASTCGI_REQUEST_LOG_LEVEL`: `trace` to
        /// `critical`, or `none`): its number, method, path, status, bytes, milliseconds and client. Default: `debug`,
        /// which loggers omit by default. `nil` logs none.
        public var requestLogLevel: Logger.Level? = .debug

        /// The format of the lines of a ``FastCGILogHandler`` that is created with it (`FASTCGI_LOG_FORMAT`: `text` or
        /// `json`). Default: `text`.
        public var logFormat = LogFormat.text

        /// The file that gets a line of JSON for each download (`FASTCGI_ACCESS_LOG`: its absolute path). Default: `nil`, none.
        public var accessLog: AccessLog?

        /// The level at which each download is logged to ``accessLogger``, with the members of ``AccessLog``'s lines as
        /// metadata (`FASTCGI_ACCESS_LOG_LEVEL`: `trace` to `critical`, or `none`). Default: `nil`, because the records
        /// show which user received which file.
        public var accessLogLevel: Logger.Level?

        /// The logger for downloads if ``accessLogLevel`` is set. Default: a logger with the label `FastCGI.download`.
        public var accessLogger: Logger?

        /// The header field in which the web server gets the id of each download (`SENDFILE_DOWNLOAD_ID`, also as a parameter that
        /// the web server sets): `X-Download-Id`, or `X-LIGHTTPD-Download-Id` for lighttpd. Default: `nil`, no ids.
        ///
        /// The id is random and has 16 characters of letters, digits, `-` and `_`. It is in the line of the ``AccessLog`` as well, so
        /// that the web server's log, which has the bytes sent, can be joined with it: `sendfile-gate downloads` does that.
        /// Only the web server's configuration keeps the field from the client, as the files in `conf` do.
        public var downloadIDField: HTTPField.Name?

        /// `SENDFILE_DOWNLOAD_ID` of the process environment, which a parameter of the web server overrides.
        var downloadIDFieldOfEnvironment: HTTPField.Name?

        /// Whether the messages that a ``FastCGILogHandler`` logs during a request are also sent to the web server's
        /// error log (`FASTCGI_STDERR`, `1` or `0`). Default: no, because a web server that starts the program receives
        /// its standard error anyway.
        public var logsToWebServer = false

        /// Whether the handler is called again with `GET` if it answers `HEAD` with 404, 405 or 501. Default: yes, so that a
        /// handler need not know `HEAD`.
        ///
        /// Disable it for a handler that distinguishes the two methods, such as one that checks links that are bound to a
        /// method, and for one that must be called only once for each request. Its response to `HEAD` is then sent as it is,
        /// always without a body.
        ///
        /// ```swift
        /// var configuration = try FastCGIServer.Configuration(environment: .process)
        /// configuration.repeatsHeadAsGet = false
        /// ```
        ///
        /// Only code sets it, because it is a property of the handler.
        public var repeatsHeadAsGet = true

        var environment = ListenEnvironment(process: nil, count: nil)

        /// The time between two checks of the time limits.
        var clockPeriod: Duration {
            let shortest = min(
                self.readTimeout, self.handlerTimeout, self.writeTimeout, self.idleTimeout, self.drainTimeout)
            return min(.seconds(1), max(.milliseconds(20), shortest / 8))
        }

        /// Creates the default settings without reading the environment.
        public init() {
            self.workers = max(2, Int(linux_usable_processors()))
        }

        /// Reads the settings from the process environment.
        ///
        /// - Parameter environment: The source of the settings, usually `.process`.
        /// - Throws: ``ConfigurationError`` that names the variable, its value and what it must be.
        public init(environment: some SettingsReader) throws(ConfigurationError) {
            self.init()
            for setting in ServerSetting.all { try setting.read(from: environment, into: &self) }
            self.environment = ListenEnvironment(
                process: environment.setting(named: "LISTEN_PID").flatMap { Int($0) },
                count: environment.setting(named: "LISTEN_FDS").flatMap { Int($0) })
        }
    }

    /// An invalid setting.
    public struct ConfigurationError: Error, CustomStringConvertible, Equatable {
        /// The variable in the process environment.
        public let name: String
        /// Its value.
        public let value: String
        /// The values that are accepted.
        public let expected: String

        public var description: String { "\(self.name) is \"\(self.value)\", which is not \(self.expected)" }
    }
}
