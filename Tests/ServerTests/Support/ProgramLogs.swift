import Synchronization
import Testing

/// The logs of programs that a test starts without a web server.
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

/// Collects the log output of each test's programs.
struct CollectingProgramLogs: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await ProgramLogs.$current.withValue(ProgramLogs()) { try await function() }
    }
}

extension Trait where Self == CollectingProgramLogs {
    /// Collects the log output of each test's programs, for ``showingProgramLogs``.
    static var collectingProgramLogs: Self { CollectingProgramLogs() }
}

extension Trait where Self == IssueHandlingTrait {
    /// Adds the log output of a test's programs to each issue.
    static var showingProgramLogs: Self {
        .compactMapIssues { issue in
            // The trait of a suite applies once for each nesting level.
            let heading = "The program wrote:"
            guard let logs = ProgramLogs.current, !issue.comments.contains(where: { $0.rawValue.hasPrefix(heading) })
            else { return issue }
            var issue = issue
            issue.comments.append("\(heading)\n\(logs.text)")
            return issue
        }
    }
}
