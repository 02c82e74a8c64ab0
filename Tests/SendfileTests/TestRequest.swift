import HTTPTypes
import Logging
import Sendfile

/// A request as a FastCGI library would present it.
struct TestRequest: SendfileRequest {
    var method: HTTPRequest.Method = .get
    var headerFields: HTTPFields = [:]
    var parameters: [String: String] = [:]

    func fieldValue(_ name: HTTPField.Name) -> String? { self.headerFields[name] }

    func serverParameter(_ name: String) -> String? { self.parameters[name] }
}

extension SendfileRequest where Self == HTTPRequest {
    /// A `GET` request, or one with another method.
    static func test(_ method: HTTPRequest.Method = .get, _ fields: HTTPFields = [:]) -> Self {
        HTTPRequest(method: method, scheme: nil, authority: nil, path: "/download", headerFields: fields)
    }
}

extension SettingsReader where Self == EnvironmentVariables {
    /// A process environment.
    static func environment(_ variables: [String: String] = [:]) -> Self { EnvironmentVariables(variables) }
}

/// Keeps what is logged.
final class TestLog: Sendable {
    struct Entry: Sendable, Equatable {
        let level: Logger.Level
        let message: String
        let path: String?
    }

    private let storage = Locked<[Entry]>([])

    var entries: [Entry] { self.storage.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: TestLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let entry = Entry(
                level: event.level, message: event.message.description, path: event.metadata?["path"]?.description)
            self.log.storage.withLock { $0.append(entry) }
        }
    }
}
