import Testing

extension Site {
    /// The site that the running test uses, and how long its logs were when the test began.
    @TaskLocal static var current: (site: Site, logSizes: [String: Int])?
}

/// Runs a test with the shared site of a delivery; what fails in it is reported with the site's logs.
func withSite(_ delivery: Delivery, _ body: (Site) throws -> Void) throws {
    let site = try Site.shared(delivery)
    let sizes = site.logSizes
    try Site.$current.withValue((site, sizes)) { try body(site) }
    try site.checkReports(from: sizes)
}

extension Trait where Self == IssueHandlingTrait {
    /// Adds what the web server and the program wrote during the test to each issue.
    static var showingLogs: Self {
        .compactMapIssues { issue in
            guard let (site, sizes) = Site.current else { return issue }
            // The trait of a suite acts once for each level below it.
            let heading = "\(site.delivery.testDescription) wrote:"
            guard !issue.comments.contains(where: { $0.rawValue.hasPrefix(heading) }) else { return issue }
            var issue = issue
            issue.comments.append("\(heading)\n\(site.logs(from: sizes))")
            return issue
        }
    }
}
