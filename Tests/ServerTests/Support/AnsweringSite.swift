import Glibc

/// A web server with a program behind it, on any machine.
protocol AnsweringSite: Sendable {
    /// The name in messages.
    var title: String { get }
    var client: HTTPClient { get }
    /// The root as the program names it, which no response may contain.
    var root: String { get }

    /// Returns a function that returns the logs of the web server and the program since this call.
    func logsFromNow() throws -> @Sendable () throws -> String

    /// Throws if the logs contain something that is always a failure.
    func check(logs: () throws -> String) throws
}

/// A site whose processes were started by a test, with their logs in one directory.
protocol StartedSite: AnsweringSite {
    var directory: String { get }
    /// The program first.
    var processes: [ChildProcess] { get }
}

extension StartedSite {
    func stop() throws {
        for process in self.processes.reversed() { process.signal(SIGTERM) }
        for process in self.processes { _ = try process.waitForEnd() }
    }

    func logsFromNow() throws -> @Sendable () throws -> String {
        // Not every web server has a log of its own.
        let logs = (self.processes.map(\.log) + ["\(self.directory)/error.log"]).filter { access($0, F_OK) == 0 }
        let sizes = logs.map { Files.size($0) }
        return { try zip(logs, sizes).map { try Files.text($0, from: $1) }.joined() }
    }

    func check(logs: () throws -> String) throws {
        if Sanitizer.isPresent, try logs().contains("Sanitizer: ") {
            throw Failure("a sanitizer reports:\n\(try logs())")
        }
    }
}

extension Site: AnsweringSite {
    var title: String { self.delivery.testDescription }

    func logsFromNow() -> @Sendable () throws -> String {
        let sizes = self.logSizes
        return { self.logs(from: sizes) }
    }

    /// Checks for a sanitizer's reports: only the web server sees the exit of a program that it started, and the thread
    /// sanitizer does not end a program.
    func check(logs: () throws -> String) throws {
        guard Sanitizer.isPresent else { return }
        let logs = try logs()
        if logs.contains("Sanitizer: ") { throw Failure("a sanitizer reports:\n\(logs)") }
    }
}
