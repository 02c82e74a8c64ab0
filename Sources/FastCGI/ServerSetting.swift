import Logging
import Sendfile
package import SendfileBasics
import SystemPackage

/// A setting of a server: its description, and how its text becomes a property of ``FastCGIServer/Configuration``.
///
/// ``all`` is the one table of these settings: it determines how the configuration is read, and the help of
/// `sendfile-gate` and the table in the documentation are generated from it. `SendfileSetting` is the table of the
/// settings `SENDFILE_…`, and `Setting` in `sendfile-gate` that of the gate.
package struct ServerSetting: Sendable {
    private let name: String
    private let meaning: String

    /// The default value in words. It is computed when it is shown, because a program only reads its settings.
    private let standard: @Sendable () -> String

    /// The accepted values, for an error message.
    private let expected: String

    /// Reads a value; `false` if it is invalid.
    private let apply: @Sendable (_ text: String, _ configuration: inout FastCGIServer.Configuration) -> Bool

    /// The setting's row of the help text and of the documentation.
    package var description: SettingDescription {
        SettingDescription(self.name, standard: self.standard(), self.meaning)
    }

    private init(
        _ name: String, standard: @autoclosure @escaping @Sendable () -> String, _ meaning: String, expected: String,
        _ apply: @escaping @Sendable (_ text: String, _ configuration: inout FastCGIServer.Configuration) -> Bool
    ) {
        self.name = name
        self.standard = standard
        self.meaning = meaning
        self.expected = expected
        self.apply = apply
    }

    /// Reads the setting into `configuration`, unless it is missing or empty.
    func read(
        from reader: some SettingsReader, into configuration: inout FastCGIServer.Configuration
    ) throws(FastCGIServer.ConfigurationError) {
        guard let text = reader.setting(named: self.name), !text.isEmpty else { return }
        guard self.apply(text, &configuration) else {
            throw FastCGIServer.ConfigurationError(name: self.name, value: text, expected: self.expected)
        }
    }

    /// Every setting, in the order in which the help and the documentation show them.
    package static let all: [ServerSetting] = [
        Self(
            "FASTCGI_LISTEN", standard: "standard input if it is a listening socket, then systemd's sockets",
            "address to listen on: a path (anything with a `/`, or after `unix:`), `host:port` or `[::1]:port`",
            expected: "a path, host:port or [::1]:port; give one of these, such as /run/program.sock"
        ) { text, configuration in
            configuration.listen = ListenAddress(text)
            return configuration.listen != nil
        },
        Self(
            "FASTCGI_SOCKET_MODE", standard: "`0660`",
            "mode of the Unix socket of `FASTCGI_LISTEN` in octal digits, independent of the umask",
            expected: "an octal mode such as 0660"
        ) { text, configuration in
            guard let mode = CInterop.Mode(text, radix: 8), mode <= 0o777 else { return false }
            configuration.socketMode = FilePermissions(rawValue: mode)
            return true
        },
        Self(
            "FASTCGI_PEERS", standard: "none, which permits only a Unix socket or a loopback address",
            "addresses and networks of the web servers that may connect to a TCP port, separated by commas, or `any`; connections from other addresses are closed",
            expected:
                "a list of addresses and networks, such as 192.0.2.10, 2001:db8:0:1::/64 (without bits after the length), or any"
        ) { text, configuration in
            configuration.peers = PeerAddresses(text)
            return configuration.peers != nil
        },
        .count(
            "FASTCGI_WORKERS", standard: "processors that the process may use, at least 2",
            "number of threads; a waiting handler occupies none"
        ) { $0.workers = $1 },
        .count(
            "FASTCGI_SPARE_WORKERS", standard: "`\(Self.standard.spareWorkers)`",
            "maximum number of threads that replace workers whose calls block, such as a read from a slow disk; `0` replaces none",
            from: 0
        ) { $0.spareWorkers = $1 },
        .time(
            "FASTCGI_STALL_TIMEOUT", standard: Self.standard.stallTimeout,
            "time after which a request that occupies a worker without suspending is logged and counted"
        ) { $0.stallTimeout = $1 },
        .count(
            "FASTCGI_CONNECTIONS", standard: "`\(Self.standard.connectionLimit)`",
            "maximum number of open connections; further ones wait in the kernel"
        ) { $0.connectionLimit = $1 },
        Self(
            "FASTCGI_REQUESTS", standard: "no limit",
            "number of requests after which the program stops as after SIGTERM, to be restarted",
            expected: Self.countForm(1)
        ) { text, configuration in
            guard let count = Int(text), count >= 1 else { return false }
            configuration.requestLimit = count
            return true
        },
        .size(
            "FASTCGI_PARAMETER_BYTES", standard: "`\(Self.standard.parameterBytesLimit)`",
            "maximum size of a request's parameters in bytes: the header fields, the URL and the web server's own"
        ) { $0.parameterBytesLimit = $1 },
        .count(
            "FASTCGI_PARAMETER_COUNT", standard: "`\(Self.standard.parameterCountLimit)`",
            "maximum number of a request's parameters"
        ) { $0.parameterCountLimit = $1 },
        .size(
            "FASTCGI_HEAD_BYTES", standard: "`\(Self.standard.headBytesLimit)`",
            "maximum memory of all heads that have arrived in part, in bytes; beyond it, the connections that have waited longest are closed"
        ) { $0.headBytesLimit = $1 },
        .size(
            "FASTCGI_BODY_BYTES", standard: "`\(Self.standard.bodyLimit)`",
            "maximum size of a request's body in bytes; `0` refuses every body", from: 0
        ) { $0.bodyLimit = $1 },
        .time(
            "FASTCGI_READ_TIMEOUT", standard: Self.standard.readTimeout,
            "time limit for a request's head, and for each chunk of its body"
        ) { $0.readTimeout = $1 },
        .time(
            "FASTCGI_HANDLER_TIMEOUT", standard: Self.standard.handlerTimeout,
            "time limit for a handler that has suspended, without its waits for the request's body"
        ) { $0.handlerTimeout = $1 },
        .time(
            "FASTCGI_WRITE_TIMEOUT", standard: Self.standard.writeTimeout,
            "time limit for the web server to accept a chunk of a response"
        ) { $0.writeTimeout = $1 },
        .time(
            "FASTCGI_IDLE_TIMEOUT", standard: Self.standard.idleTimeout,
            "time limit between two requests of a kept connection"
        ) { $0.idleTimeout = $1 },
        .time(
            "FASTCGI_DRAIN_TIMEOUT", standard: Self.standard.drainTimeout,
            "time limit for running requests when the program stops"
        ) { $0.drainTimeout = $1 },
        .level(
            "FASTCGI_REQUEST_LOG_LEVEL", standard: Self.standard.requestLogLevel,
            "log level of the line for each request, or `none`"
        ) { $0.requestLogLevel = $1 },
        Self(
            "FASTCGI_LOG_FORMAT", standard: "`\(Self.standard.logFormat)`",
            "format of the log on standard error, with `FastCGILogHandler`: `text`, or `json` for one object per line",
            expected: LogFormat.all.map(\.description).joined(separator: " or ")
        ) { text, configuration in
            guard let format = LogFormat(named: text) else { return false }
            configuration.logFormat = format
            return true
        },
        Self(
            "FASTCGI_ACCESS_LOG", standard: "none",
            "absolute path of the access log, one line of JSON per download",
            expected: "the absolute path of a file"
        ) { text, configuration in
            configuration.accessLog = try? AccessLog(file: text)
            return configuration.accessLog != nil
        },
        .level(
            "FASTCGI_ACCESS_LOG_LEVEL", standard: Self.standard.accessLogLevel,
            "level at which each download is also logged with swift-log, or `none`"
        ) { $0.accessLogLevel = $1 },
        Self(
            "\(DownloadID.parameter)", standard: "none",
            "header field in which the web server gets the id of each download: `X-Download-Id`, or `X-LIGHTTPD-Download-Id` for lighttpd. "
                + "May also be a FastCGI parameter, which overrides the environment",
            expected: DownloadID.expected
        ) { text, configuration in
            configuration.downloadIDFieldOfEnvironment = DownloadID.field(named: text)
            return configuration.downloadIDFieldOfEnvironment != nil
        },
        Self(
            "FASTCGI_STDERR", standard: "`0`",
            "`1`: messages logged during a request are also sent to the web server's error log", expected: "0 or 1"
        ) { text, configuration in
            configuration.logsToWebServer = text == "1"
            return text == "0" || text == "1"
        },
    ]

    /// The default settings.
    private static let standard = FastCGIServer.Configuration()

    private static func countForm(_ minimum: Int) -> String { "a whole number, \(minimum) or more" }

    /// A whole number.
    private static func count(
        _ name: String, standard: @autoclosure @escaping @Sendable () -> String, _ meaning: String,
        from minimum: Int = 1,
        _ set: @escaping @Sendable (_ configuration: inout FastCGIServer.Configuration, _ count: Int) -> Void
    ) -> Self {
        Self(name, standard: standard(), meaning, expected: Self.countForm(minimum)) { text, configuration in
            guard let count = Int(text), count >= minimum else { return false }
            set(&configuration, count)
            return true
        }
    }

    /// A size in bytes.
    private static func size(
        _ name: String, standard: @autoclosure @escaping @Sendable () -> String, _ meaning: String,
        from minimum: Int = 1,
        _ set: @escaping @Sendable (_ configuration: inout FastCGIServer.Configuration, _ bytes: Int) -> Void
    ) -> Self {
        Self(name, standard: standard(), meaning, expected: SizeText.form(from: minimum)) { text, configuration in
            guard let bytes = SizeText.bytes(text), bytes >= minimum else { return false }
            set(&configuration, bytes)
            return true
        }
    }

    /// A length of time.
    private static func time(
        _ name: String, standard: @autoclosure @escaping @Sendable () -> Duration, _ meaning: String,
        _ set: @escaping @Sendable (_ configuration: inout FastCGIServer.Configuration, _ time: Duration) -> Void
    ) -> Self {
        Self(
            name, standard: "`\(DurationText.text(standard()))`", meaning,
            expected: "\(DurationText.form), and more than 0"
        ) { text, configuration in
            guard let duration = DurationText.duration(text), duration > .zero else { return false }
            set(&configuration, duration)
            return true
        }
    }

    /// A level of swift-log.
    private static func level(
        _ name: String, standard: @autoclosure @escaping @Sendable () -> Logger.Level?, _ meaning: String,
        _ set: @escaping @Sendable (_ configuration: inout FastCGIServer.Configuration, _ level: Logger.Level?) -> Void
    ) -> Self {
        Self(
            name, standard: "`\(standard()?.rawValue ?? "none")`", meaning,
            expected: "trace, debug, info, notice, warning, error, critical or none"
        ) { text, configuration in
            let level = Logger.Level(rawValue: text)
            set(&configuration, level)
            return text == "none" || level != nil
        }
    }
}
