/// A web server with a program behind it, wherever it runs.
protocol AnsweringSite: Sendable {
    /// What it is called in messages.
    var title: String { get }
    var client: HTTPClient { get }
    /// The directory of the files as the program names it, which no answer may show.
    var root: String { get }

    /// Calls a function that returns what the web server and the program have written since then.
    func logsFromNow() throws -> @Sendable () throws -> String

    /// Fails if the logs from a moment on have what makes every test fail.
    func check(logs: () throws -> String) throws
}

extension Site: AnsweringSite {
    var title: String { self.delivery.testDescription }

    func logsFromNow() -> @Sendable () throws -> String {
        let sizes = self.logSizes
        return { self.logs(from: sizes) }
    }

    /// A sanitizer's reports: only the web server sees how a program ends that it has started, and the thread sanitizer lets one
    /// go on.
    func check(logs: () throws -> String) throws {
        guard Sanitizer.isPresent else { return }
        let logs = try logs()
        if logs.contains("Sanitizer: ") { throw Failure("a sanitizer reports:\n\(logs)") }
    }
}
