/// A difference between a delivery and the others that its web server makes unavoidable.
///
/// The list is verified: if a listed difference does not appear, the test fails.
struct ParityException: Sendable {
    let deliveries: [Delivery]
    /// Whether the cause is a Debian machine's default configuration.
    var isOfMachines = false
    /// The releases whose web servers do so.
    var releases: Set<Release> = Set(Release.allCases)
    /// The titles of the rows; `nil` for every row in which the differences appear.
    let rows: Set<String>?
    /// The differences: names of fields in lower case, or `status`, `body`.
    let differences: Set<String>
    let reason: String

    /// Whether it may appear there, with either wall.
    func isAbout(_ delivery: Delivery) -> Bool {
        guard self.deliveries.contains(where: { $0.isLike(delivery) }) else { return false }
        guard let release = delivery.release else {
            return !self.isOfMachines && (Release.ofTests.map(self.releases.contains) ?? true)
        }
        return self.releases.contains(release)
    }

    static let all: [ParityException] = [
        ParityException(
            deliveries: [Delivery(server: .nginx, streams: false)],
            rows: ["X-Download-Id added later; GET", "X-Download-Id added later; GET, Range: bytes=2-5"],
            differences: ["x-download-id"],
            reason: """
                nginx removes unknown fields from a response with X-Accel-Redirect, and the handler added this one after the web \
                server was selected. If the field is passed with the file, the file is streamed.
                """),
        ParityException(
            deliveries: Delivery.all.filter { [.apacheFcgid, .apacheProxyFcgi].contains($0.server) },
            isOfMachines: true, rows: nil, differences: ["vary: accept-encoding"],
            reason: """
                mod_deflate, which Debian's Apache enables, adds `Vary: Accept-Encoding` to every text response, even if it does \
                not compress it.
                """),
        ParityException(
            deliveries: [Delivery(server: .caddy, streams: false)], releases: [.forky], rows: nil,
            differences: ["vary: accept-encoding"],
            reason: """
                Caddy 2.11 adds `Vary: Accept-Encoding` to each file that it sends. Its `Via`, by which it names itself, is not \
                compared, nor are `Server` and `Date` of any web server.
                """),
    ]
}
