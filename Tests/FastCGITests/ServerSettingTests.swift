import Logging
import Sendfile
import SystemPackage
import Testing

@testable import FastCGI

/// The table of settings: how the environment becomes a configuration.
@Suite struct ServerSettingTests {
    private static func configuration(_ variables: [String: String]) throws -> FastCGIServer.Configuration {
        try .init(environment: EnvironmentVariables(variables))
    }

    @Test("Every setting can come from the environment") func settings() throws {
        let configuration = try Self.configuration([
            "FASTCGI_LISTEN": "/run/x", "FASTCGI_SOCKET_MODE": "0600", "FASTCGI_WORKERS": "7",
            "FASTCGI_CONNECTIONS": "11", "FASTCGI_PARAMETER_BYTES": "12", "FASTCGI_PARAMETER_COUNT": "13",
            "FASTCGI_BODY_BYTES": "0", "FASTCGI_READ_TIMEOUT": "1.5", "FASTCGI_HANDLER_TIMEOUT": "2s",
            "FASTCGI_WRITE_TIMEOUT": "3000ms", "FASTCGI_IDLE_TIMEOUT": "4", "FASTCGI_DRAIN_TIMEOUT": "5",
            "FASTCGI_REQUEST_LOG_LEVEL": "notice", "FASTCGI_STDERR": "1", "FASTCGI_REQUESTS": "14",
            "FASTCGI_LOG_FORMAT": "json", "FASTCGI_HEAD_BYTES": "15m", "FASTCGI_STALL_TIMEOUT": "6",
        ])
        #expect(configuration.listen == .unix(path: "/run/x"))
        #expect(configuration.socketMode.rawValue == 0o600)
        #expect(configuration.workers == 7)
        #expect(configuration.connectionLimit == 11)
        #expect(configuration.parameterBytesLimit == 12)
        #expect(configuration.parameterCountLimit == 13)
        #expect(configuration.headBytesLimit == 15 << 20)
        #expect(configuration.stallTimeout == .seconds(6))
        #expect(configuration.bodyLimit == 0)
        #expect(configuration.readTimeout == .milliseconds(1500))
        #expect(configuration.handlerTimeout == .seconds(2))
        #expect(configuration.writeTimeout == .seconds(3))
        #expect(configuration.idleTimeout == .seconds(4))
        #expect(configuration.drainTimeout == .seconds(5))
        #expect(configuration.requestLogLevel == .notice)
        #expect(configuration.logsToWebServer)
        #expect(configuration.requestLimit == 14)
        #expect(configuration.logFormat == .json)
        #expect(try Self.configuration(["FASTCGI_REQUEST_LOG_LEVEL": "none"]).requestLogLevel == nil)
    }

    @Test(
        "An invalid setting is an error that names the variable and the value",
        arguments: [
            ("FASTCGI_WORKERS", "0"), ("FASTCGI_WORKERS", "many"), ("FASTCGI_SOCKET_MODE", "999"),
            ("FASTCGI_READ_TIMEOUT", "-1"), ("FASTCGI_DRAIN_TIMEOUT", "nan"), ("FASTCGI_BODY_BYTES", "1e3"),
            ("FASTCGI_BODY_BYTES", "200mb"), ("FASTCGI_HEAD_BYTES", "0k"),
            ("FASTCGI_REQUEST_LOG_LEVEL", "loud"), ("FASTCGI_STDERR", "yes"), ("FASTCGI_LISTEN", "nowhere"),
            ("FASTCGI_ACCESS_LOG", "relative"), ("FASTCGI_IDLE_TIMEOUT", "0"), ("FASTCGI_REQUESTS", "0"),
            ("FASTCGI_LOG_FORMAT", "xml"),
        ])
    func invalidSettings(name: String, value: String) {
        let error = #expect(throws: FastCGIServer.ConfigurationError.self) { try Self.configuration([name: value]) }
        #expect(error?.description.hasPrefix("\(name) is \"\(value)\"") == true)
    }
}
