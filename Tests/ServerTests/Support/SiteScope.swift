import Testing

/// The site that the running test uses, and what was written since the test began.
enum SiteScope {
    @TaskLocal static var current: (title: String, logs: @Sendable () throws -> String)?
}

/// Runs a test with the shared site of a delivery; what fails in it is reported with the site's logs.
func withSite(_ delivery: Delivery, _ body: (Site) throws -> Void) throws {
    try withLogs(of: Site.shared(delivery), body)
}

/// Runs a test with a site; what fails in it is reported with the site's logs.
func withLogs<S: AnsweringSite>(of site: S, _ body: (S) throws -> Void) throws {
    let logs = try site.logsFromNow()
    try SiteScope.$current.withValue((site.title, logs)) { try body(site) }
    try site.check(logs: logs)
}

extension Trait where Self == IssueHandlingTrait {
    /// Adds what the web server and the program wrote during the test to each issue.
    static var showingLogs: Self {
        .compactMapIssues { issue in
            guard let (title, logs) = SiteScope.current else { return issue }
            // The trait of a suite acts once for each level below it.
            let heading = "\(title) wrote:"
            guard !issue.comments.contains(where: { $0.rawValue.hasPrefix(heading) }) else { return issue }
            var issue = issue
            issue.comments.append("\(heading)\n\((try? logs()) ?? "what cannot be read")")
            return issue
        }
    }
}
