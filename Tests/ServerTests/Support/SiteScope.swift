import Sendfile
import Testing

/// The site of the running test, with the logs since the test began.
enum SiteScope {
    @TaskLocal static var current: SiteLogs?
}

/// The log output of a site since a test began, to be shown once.
final class SiteLogs: Sendable {
    private let title: String
    private let read: @Sendable () throws -> String
    private let isShown = Locked(false)

    init(of site: some AnsweringSite) throws {
        self.title = site.title
        self.read = try site.logsFromNow()
    }

    var text: String {
        get throws { try self.read() }
    }

    /// The logs under their heading for the first issue of a test; `nil` for the others, of which there may be
    /// hundreds.
    func shown() -> String? {
        let isFirst = self.isShown.withLock { isShown in
            defer { isShown = true }
            return !isShown
        }
        return isFirst ? "\(self.title) wrote:\n\((try? self.text) ?? "what cannot be read")" : nil
    }
}

/// Runs a test with the shared site of a delivery; an issue includes the site's logs.
func withSite(_ delivery: Delivery, _ body: (Site) throws -> Void) throws {
    try withLogs(of: Site.shared(delivery), body)
}

/// Runs a test with a site; an issue includes the site's logs.
func withLogs<S: AnsweringSite, Result>(of site: S, _ body: (S) throws -> Result) throws -> Result {
    let logs = try SiteLogs(of: site)
    let result = try SiteScope.$current.withValue(logs) { try body(site) }
    try site.check { try logs.text }
    return result
}

extension Trait where Self == IssueHandlingTrait {
    /// Adds the log output of the web server and the program to the first issue of a test.
    static var showingLogs: Self {
        .compactMapIssues { issue in
            guard let logs = SiteScope.current?.shown() else { return issue }
            var issue = issue
            issue.comments.append("\(logs)")
            return issue
        }
    }
}
