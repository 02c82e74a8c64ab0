import Synchronization
import Testing

/// The logs of the programs that a test starts without a web server.
final class ProgramLogs: Sendable {
    @TaskLocal static var current: ProgramLogs?

    private let paths = Mutex<[String]>([])

    func add(_ path: String) { self.paths.withLock { $0.append(path) } }

    var text: String {
        self.paths.withLock { $0 }.map { path in
            let text = (try? Files.text(path)) ?? "cannot be read\n"
            return text.isEmpty ? "nothing\n" : text
        }.joined(separator: "--- and another one\n")
    }
}

/// Collects what the programs of each test write.
struct CollectingProgramLogs: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await ProgramLogs.$current.withValue(ProgramLogs()) { try await function() }
    }
}

extension Trait where Self == CollectingProgramLogs {
    /// Collects what the programs of each test write, for ``showingProgramLogs``.
    static var collectingProgramLogs: Self { CollectingProgramLogs() }
}

extension Trait where Self == IssueHandlingTrait {
    /// Adds what the programs of a test wrote to each issue.
    static var showingProgramLogs: Self {
        .compactMapIssues { issue in
            // The trait of a suite acts once for each level below it.
            let heading = "The program wrote:"
            guard let logs = ProgramLogs.current, !issue.comments.contains(where: { $0.rawValue.hasPrefix(heading) })
            else { return issue }
            var issue = issue
            issue.comments.append("\(heading)\n\(logs.text)")
            return issue
        }
    }
}
