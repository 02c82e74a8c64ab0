import Configuration
import Logging
package import SendfileBasics
import SystemPackage

/// A setting of a server: its description, and how its text becomes a property of ``FastCGIServer/Configuration``.
///
/// ``all`` is the one table of these settings: it determines how the configuration is read, and the help of
/// `sendfile-gate` and the table in the documentation are generated from it. `SendfileSetting` is the table of the
/// settings `SENDFILE_…`, and `Setting` in `sendfile-gate` that of the gate.
package struct ServerSetting: Sendable {
    /// The setting's row of the help text and of the documentation.
    package let description: SettingDescription

    /// The accepted values, for an error message.
    private let expected: String

    /// Reads a value; `false` if it is invalid.
    private let apply: @Sendable (_ text: String, _ configuration: inout FastCGIServer.Configuration) -> Bool

    private init(
        _ name: String, standard: String, _ meaning: String, expected: String,
        _ apply: @escaping @Sendable (_ text: String, _ configuration: inout FastCGIServer.Configuration) -> Bool
    ) {
        self.description = SettingDescription(name, standard: standard, meaning)
        self.expected = expected
        self.apply = apply
    }

    /// Reads the setting into `configuration`, unless it is missing or empty.
    func read(
        from reader: ConfigReader, into configuration: inout FastCGIServer.Configuration
    ) throws(FastCGIServer.ConfigurationError) {
        guard let text = reader.string(forKey: ConfigKey(self.description.key)), !text.isEmpty else { return }
        guard self.apply(text, &configuration) else {
            throw FastCGIServer.ConfigurationError(name: self.description.name, value: text, expected: self.expected)
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
        .count(
            "FASTCGI_WORKERS", \.workers, standard: "processors that the process may use, at least 2",
            "number of threads; a waiting handler occupies none"),
        .count(
            "FASTCGI_CONNECTIONS", \.connectionLimit,
            "maximum number of open connections; further ones wait in the kernel"),
        Self(
            "FASTCGI_REQUESTS", standard: "no limit",
            "number of requests after which the program stops as after SIGTERM, to be restarted",
            expected: Self.countForm(1)
        ) { text, configuration in
            guard let count = Int(text), count >= 1 else { return false }
            configuration.requestLimit = count
            return true
        },
        .count(
            "FASTCGI_PARAMETER_BYTES", \.parameterBytesLimit,
            "maximum size of a request's parameters in bytes: the header fields, the URL and the web server's own"),
        .count("FASTCGI_PARAMETER_COUNT", \.parameterCountLimit, "maximum number of a request's parameters"),
        .count(
            "FASTCGI_BODY_BYTES", \.bodyLimit, "maximum size of a request's body in bytes; `0` refuses every body",
            from: 0),
        .time(
            "FASTCGI_READ_TIMEOUT", \.readTimeout,
            "time limit for a request's head, and for each chunk of its body"),
        .time("FASTCGI_HANDLER_TIMEOUT", \.handlerTimeout, "time limit for a handler that has suspended"),
        .time(
            "FASTCGI_WRITE_TIMEOUT", \.writeTimeout, "time limit for the web server to accept a chunk of a response"),
        .time("FASTCGI_IDLE_TIMEOUT", \.idleTimeout, "time limit between two requests of a kept connection"),
        .time(
            "FASTCGI_DRAIN_TIMEOUT", \.drainTimeout, "time limit for running requests when the program stops"),
        .level(
            "FASTCGI_REQUEST_LOG_LEVEL", \.requestLogLevel, "log level of the line for each request, or `none`"),
        Self(
            "FASTCGI_ACCESS_LOG", standard: "none",
            "absolute path of the access log, one line of JSON per download",
            expected: "the absolute path of a file"
        ) { text, configuration in
            configuration.accessLog = try? AccessLog(file: text)
            return configuration.accessLog != nil
        },
        .level(
            "FASTCGI_ACCESS_LOG_LEVEL", \.accessLogLevel,
            "level at which each download is also logged with swift-log, or `none`"),
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
        _ name: String, _ property: any WritableKeyPath<FastCGIServer.Configuration, Int> & Sendable,
        standard: String? = nil, _ meaning: String, from minimum: Int = 1
    ) -> Self {
        Self(
            name, standard: standard ?? "`\(Self.standard[keyPath: property])`", meaning,
            expected: Self.countForm(minimum)
        ) { text, configuration in
            guard let count = Int(text), count >= minimum else { return false }
            configuration[keyPath: property] = count
            return true
        }
    }

    /// A length of time.
    private static func time(
        _ name: String, _ property: any WritableKeyPath<FastCGIServer.Configuration, Duration> & Sendable,
        _ meaning: String
    ) -> Self {
        Self(
            name, standard: "`\(DurationText.text(Self.standard[keyPath: property]))`", meaning,
            expected: "\(DurationText.form), and more than 0"
        ) { text, configuration in
            guard let duration = DurationText.duration(text), duration > .zero else { return false }
            configuration[keyPath: property] = duration
            return true
        }
    }

    /// A level of swift-log.
    private static func level(
        _ name: String, _ property: any WritableKeyPath<FastCGIServer.Configuration, Logger.Level?> & Sendable,
        _ meaning: String
    ) -> Self {
        Self(
            name, standard: "`\(Self.standard[keyPath: property]?.rawValue ?? "none")`", meaning,
            expected: "trace, debug, info, notice, warning, error, critical or none"
        ) { text, configuration in
            configuration[keyPath: property] = Logger.Level(rawValue: text)
            return text == "none" || configuration[keyPath: property] != nil
        }
    }
}
