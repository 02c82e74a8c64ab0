import SendfileBasics
import SignedLinks
import SignedLinksCDN

/// A link that was signed for a CDN, compared with the gate's settings.
struct GivenCDNLink {
    private enum Signer {
        case cloudFront(GivenCloudFront)
        case akamai(GivenAkamai)
    }

    private let url: URLText
    private let signer: Signer

    /// - Returns: `nil` if the URL has neither CloudFront's arguments nor a token of Akamai.
    init?(url: URLText, settings: GateSettings) {
        let parts = CDNLinkParts(url: url, settings: settings)
        if let given = GivenCloudFront(parts) {
            self.signer = .cloudFront(given)
        } else if let given = GivenAkamai(parts) {
            self.signer = .akamai(given)
        } else {
            return nil
        }
        self.url = url
    }

    /// The reason why the gate refuses the link, with the remedy; `nil` if it accepts it.
    var flaw: String? {
        switch self.signer {
        case .cloudFront(let given): given.flaw
        case .akamai(let given): given.flaw
        }
    }

    /// The URL of the file without a query.
    var plainURL: URLText { self.url.at(self.url.path) }
}

/// The URL of such a link, and the settings, which can be tried with other values.
struct CDNLinkParts {
    let url: URLText
    let settings: GateSettings

    /// The query without its question mark.
    var query: String { String(self.url.query.dropFirst()) }

    /// The arguments of the query, as they were sent; also of one whose & were escaped as &amp;.
    var arguments: [(name: String, value: String)] {
        self.query.replacing("&amp;", with: "&").split(separator: "&").map { argument in
            let name = argument.prefix { $0 != "=" }
            return (String(name), String(argument.dropFirst(name.count + 1)))
        }
    }

    /// The links of CDNs with another value of a setting; `nil` if it is invalid.
    func links(_ name: String, _ value: String?) -> CDNLinks? {
        var files = KeyFiles()
        return (try? CDNSettings.read(self.settings.source.setting(name, to: value), &files)) ?? nil
    }

    /// The request of the link; `nil` if its path is not below the gate's prefix.
    ///
    /// - Parameters:
    ///   - query: Another query.
    ///   - rawPath: Another path as the client sends it.
    ///   - address: A client's address that the link permits. The client itself is known only to the gate.
    func request(query: String? = nil, rawPath: String? = nil, address: String?) -> CDNRequest? {
        let path = PercentEncoding.decode(self.url.path.utf8)
        let prefix = Array(self.settings.prefix.utf8)
        guard path.starts(with: prefix) else { return nil }
        var request = CDNRequest(
            path: path.dropFirst(prefix.count), rawPath: rawPath ?? self.url.path, query: query ?? self.query)
        request.clientAddress = address
        return request
    }

    /// The path as it was sent, without the gate's prefix.
    var pathBelowPrefix: String {
        let prefix = String(decoding: PercentEncoding.encodePath(self.settings.prefix.utf8), as: UTF8.self)
        return self.url.path.hasPrefix(prefix) ? String(self.url.path.dropFirst(prefix.count)) : self.url.path
    }

    var otherPrefix: String {
        "its path does not begin with SENDFILE_LINK_PREFIX, \(self.settings.prefix.debugDescription): set it to the path of the gate's URLs, which is a "
            + "part of what a CDN's links are signed for"
    }

    static let withoutPrefix =
        "it was signed for the path without SENDFILE_LINK_PREFIX: remove the setting and let the web server pass these paths to the gate, or sign the "
        + "path with the prefix"

    /// The result for a valid link.
    func tooLate(_ link: VerifiedLink, _ name: String) -> String? {
        guard link.expires > .now + self.settings.longest else { return nil }
        return
            "its \(name), \(link.expires.secondsSince1970), is later than SENDFILE_LINK_LONGEST allows: the program that signs gives the time in "
            + "milliseconds, or SENDFILE_LINK_LONGEST has to be as long as its longest link"
    }

    /// A time that has passed.
    static func expired(_ name: String, _ seconds: Int64?) -> String {
        let age = seconds.map { ", \($0), was \(Self.distance($0)) ago" } ?? " has passed"
        return
            "its \(name)\(age) by this machine's clock: let the program sign with a later time, in seconds since 1970 (UTC); if the link is new, the "
            + "clock of the machine that signs differs (timedatectl set-ntp true on both)"
    }

    /// A time that has not come.
    static func notYetValid(_ name: String, _ seconds: Int64?) -> String {
        let time = seconds.map { ", \($0), is in \(Self.distance($0))" } ?? " is in the future"
        return
            "its \(name)\(time) by this machine's clock: wait, or let the program sign with an earlier time, in seconds since 1970 (UTC); if it signs with "
            + "the present time, the clock of that machine differs (timedatectl set-ntp true on both)"
    }

    /// The time between a moment and now.
    private static func distance(_ moment: Int64) -> String {
        let seconds = moment.subtractingReportingOverflow(LinkTime.now.secondsSince1970).partialValue.magnitude
        return seconds < 120 ? "\(seconds) seconds" : "\(seconds / 60) minutes"
    }
}
