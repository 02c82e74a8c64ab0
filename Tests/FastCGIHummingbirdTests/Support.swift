import Logging
import NIOConcurrencyHelpers
import Testing

/// The lines that an application logged.
final class LogLines: Sendable {
    private let lines = NIOLockedValueBox<[String]>([])

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    var all: [String] { self.lines.withLockedValue { $0 } }

    func contains(_ text: String) -> Bool { self.count(containing: text) > 0 }
    func count(containing text: String) -> Int {
        self.lines.withLockedValue { lines in lines.count { $0.firstRange(of: text) != nil } }
    }

    private struct Handler: LogHandler {
        let log: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.debug

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            self.log.lines.withLockedValue { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}

/// A number that several tasks count up.
final class Counter: Sendable {
    private let count = NIOLockedValueBox(0)

    var value: Int { self.count.withLockedValue { $0 } }
    func add() { self.count.withLockedValue { $0 += 1 } }
}

/// Waits until a condition holds; fails after ten seconds.
func wait(_ isTrue: () -> Bool) async throws {
    for _ in 0..<5000 {
        if isTrue() { return }
        try await Task.sleep(for: .milliseconds(2))
    }
    Issue.record("what the test waits for did not happen within ten seconds")
}
