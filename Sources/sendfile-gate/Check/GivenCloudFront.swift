import SendfileBasics
import SendfileJSON
import SignedLinks
import SignedLinksCDN
import SystemPackage

/// A signed URL of CloudFront, compared with the gate's settings.
struct GivenCloudFront {
    private let parts: CDNLinkParts
    private let values: [String: String]
    private let policy: Policy?

    /// The readable parts of a custom policy, which need not be valid.
    private struct Policy {
        let resource: String
        let start: Int64?
        let end: Int64?
        let address: String?

        init?(_ text: String) {
            // CloudFront's base 64.
            let standard = text.replacing("-", with: "+").replacing("_", with: "=").replacing("~", with: "/")
            guard let bytes = Base64.standard.decode(standard.utf8),
                case .list(let statements)? = JSONText(bytes[...])?["Statement"], let statement = statements.first
            else { return nil }
            let condition = statement["Condition"]
            self.resource = statement["Resource"]?.text ?? "*"
            self.start = condition?["DateGreaterThan"]?["AWS:EpochTime"]?.count
            self.end = condition?["DateLessThan"]?["AWS:EpochTime"]?.count
            self.address = condition?["IpAddress"]?["AWS:SourceIp"]?.text.map { String($0.prefix { $0 != "/" }) }
        }
    }

    /// - Returns: `nil` if the URL does not have CloudFront's arguments.
    init?(_ parts: CDNLinkParts) {
        self.parts = parts
        self.values = Dictionary(parts.arguments.map { ($0.name, $0.value) }) { first, _ in first }
        self.policy = self.values["Policy"].flatMap { Policy($0) }
        let isConfigured = parts.settings.accepted.cdn?.cloudFront != nil
        guard
            self.values["Key-Pair-Id"] != nil
                || isConfigured && (self.values["Signature"] != nil || self.values["Policy"] != nil)
        else { return nil }
    }

    /// The reason why the gate refuses the link, with the remedy; `nil` if it accepts it.
    var flaw: String? { self.reason.map { "it is a signed URL of CloudFront, and \($0)" } }

    private var reason: String? {
        guard let links = self.parts.settings.accepted.cdn?.cloudFront else {
            return
                "\(CDNSettings.cloudFrontKeys) is not set: set it to the file \(self.keyID).pem with the public key of the pair, and "
                + "\(CDNSettings.cloudFrontURL) to the scheme and host of the URLs that were signed"
        }
        guard let request = self.parts.request(address: self.policy?.address) else { return self.parts.otherPrefix }
        switch links.verify(request) {
        case .valid(let link): return self.parts.tooLate(link, self.expiry.name)
        case .expired: return CDNLinkParts.expired(self.expiry.name, self.expiry.seconds)
        case .invalid(let flaw):
            switch flaw.code {
            case .unknownKey:
                return
                    "its Key-Pair-Id is \(self.keyID.debugDescription), and \(CDNSettings.cloudFrontKeys) has \(self.list(self.keyIDs)): add the file "
                    + "\(self.keyID).pem with the public key of that pair"
            case .notYetValid: return CDNLinkParts.notYetValid("policy's DateGreaterThan", self.policy?.start)
            case .wrongSignature: return self.wrongSignature
            case .otherPath: return self.otherPath
            case .otherAddress, .missingBinding: return nil
            default: return "\(flaw.description.replacing("the link is malformed: ", with: ""))\(self.cause)"
            }
        }
    }

    private var keyID: String { self.values["Key-Pair-Id"] ?? "" }

    private var isCanned: Bool { self.values["Policy"] == nil }

    private var expiry: (name: String, seconds: Int64?) {
        self.isCanned
            ? ("Expires", self.values["Expires"].flatMap { Int64($0) }) : ("policy's DateLessThan", self.policy?.end)
    }

    /// The ids of the key pairs in the settings.
    private var keyIDs: [String] {
        let files = self.parts.settings.source[CDNSettings.cloudFrontKeys].map(GateSettings.list) ?? []
        return files.compactMap { FilePath($0).stem }
    }

    /// The URLs in the settings.
    private var urls: [String] {
        self.parts.settings.source[CDNSettings.cloudFrontURL].map(GateSettings.list) ?? []
    }

    private func list(_ texts: [String]) -> String { texts.map(\.debugDescription).joined(separator: ", ") }

    /// The usual cause of a malformed link.
    private var cause: String {
        if self.parts.query.contains("&amp;") {
            return ": the link was escaped twice; it must contain & in place of &amp;"
        }
        let missing = ["Signature", "Key-Pair-Id"].filter { self.values[$0] == nil }
        guard !missing.isEmpty else {
            return ": let the program that signs links append the arguments as AWS describes them"
        }
        return
            ": \(missing.joined(separator: " and ")) is missing; the link is cut off, because a shell ends an address at an & without quotes ('…')"
    }

    /// The cause of a wrong signature: the change with which it is correct.
    private var wrongSignature: String {
        let query = self.parts.query
        for id in self.keyIDs where id != self.keyID {
            let other = query.replacing("Key-Pair-Id=\(self.keyID)", with: "Key-Pair-Id=\(id)")
            if self.isSigned(self.parts.settings.accepted.cdn, query: other) {
                return
                    "its Key-Pair-Id is \(self.keyID.debugDescription), and its signature is that of the pair \(id.debugDescription): let the program name "
                    + "the pair whose private key signs, or exchange the files of \(CDNSettings.cloudFrontKeys)"
            }
        }
        let hash = self.values["Hash-Algorithm"]
        let others =
            hash == nil
            ? "\(query)&Hash-Algorithm=SHA256" : query.replacing("&Hash-Algorithm=\(hash ?? "")", with: "")
        if self.isSigned(self.parts.settings.accepted.cdn, query: others) {
            return hash == nil
                ? "its signature is made with SHA-256: let the program append Hash-Algorithm=SHA256, or sign with SHA-1"
                : "its Hash-Algorithm is \(hash ?? ""), and its signature is made with SHA-1: remove the argument, or sign with SHA-256"
        }
        guard self.isCanned else {
            return
                "its signature does not hold for the key pair \(self.keyID.debugDescription): the policy was changed after it was signed, or the file "
                + "\(self.keyID).pem of \(CDNSettings.cloudFrontKeys) is the public key of another pair (openssl pkey -in private_key.pem -pubout makes it)"
        }
        let host = self.parts.url.origin.drop { $0 != ":" }
        let hosts = [host] + self.urls.map { $0.drop { $0 != ":" } }
        for origin in hosts.flatMap({ ["https\($0)", "http\($0)"] }) where !self.urls.contains(origin) {
            if self.isSigned(self.parts.links(CDNSettings.cloudFrontURL, origin)) {
                return
                    "it was signed for \(origin), and \(CDNSettings.cloudFrontURL) is \(self.list(self.urls)): add \(origin) to it"
            }
        }
        if self.isSigned(self.parts.settings.accepted.cdn, rawPath: self.parts.pathBelowPrefix) {
            return CDNLinkParts.withoutPrefix
        }
        return
            "its signature does not hold for the key pair \(self.keyID.debugDescription) and the URL \(self.list(self.urls.map { "\($0)\(self.parts.url.path)" })): "
            + "it was signed for another host, which \(CDNSettings.cloudFrontURL) has to name, or for another path, query or Expires; or the file "
            + "\(self.keyID).pem of \(CDNSettings.cloudFrontKeys) is the public key of another pair (openssl pkey -in private_key.pem -pubout makes it)"
    }

    /// Whether the signature is correct with a change.
    private func isSigned(_ links: CDNLinks?, query: String? = nil, rawPath: String? = nil) -> Bool {
        guard let request = self.parts.request(query: query, rawPath: rawPath, address: self.policy?.address),
            let verdict = links?.cloudFront?.verify(request)
        else { return false }
        guard case .invalid(let flaw) = verdict else { return true }
        return flaw.code != .wrongSignature && flaw.code != .unknownKey && flaw.code != .malformed
    }

    /// Why the resource of a custom policy does not cover the URL.
    private var otherPath: String {
        let resource = self.policy?.resource ?? "*"
        let origin = resource.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false).prefix(3)
            .joined(separator: "/")
        let shown = "its policy's Resource is \(resource.debugDescription)"
        if !self.urls.contains(origin), resource.contains("://"), !origin.contains("*"), !origin.contains("?") {
            return
                "\(shown), and \(CDNSettings.cloudFrontURL) is \(self.list(self.urls)): add \(origin) to it"
        }
        let below = "\(origin)\(self.parts.pathBelowPrefix)"
        let hint =
            !self.parts.settings.prefix.isEmpty
                && (resource == below || resource.hasSuffix("/*") && below.hasPrefix(resource.dropLast()))
            ? CDNLinkParts.withoutPrefix : "let the program sign a Resource that covers it"
        return
            "\(shown), which does not cover \(self.list(self.urls.map { "\($0)\(self.parts.url.path)" })) (\(CDNSettings.cloudFrontURL) and the link's path): "
            + hint
    }
}
