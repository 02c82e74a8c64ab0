import SendfileBasics
import SignedLinks
import SignedLinksCDN

/// A URL with a token of Akamai, compared with the gate's settings.
struct GivenAkamai {
    private let parts: CDNLinkParts
    /// The name of the argument.
    private let name: String
    private let names: [String]
    /// The token as it was signed.
    private let token: String

    /// - Returns: `nil` if the URL has no token.
    init?(_ parts: CDNLinkParts) {
        self.parts = parts
        self.names = parts.settings.accepted.cdn?.akamai?.names ?? AkamaiTokens.standardNames
        func decoded(_ value: String) -> String {
            value.contains("=") ? value : String(decoding: PercentEncoding.decode(value.utf8), as: UTF8.self)
        }
        let arguments = parts.arguments.map { (name: $0.name, token: decoded($0.value)) }
        let known = parts.settings.accepted.cdn?.akamai == nil ? [] : self.names
        guard
            let found = arguments.first(where: { known.contains($0.name) })
                ?? arguments.first(where: { $0.token.contains("exp=") && $0.token.contains("hmac=") })
        else { return nil }
        (self.name, self.token) = (found.name, found.token)
    }

    /// The reason why the gate refuses the link, with the remedy; `nil` if it accepts it.
    var flaw: String? { self.reason.map { "its argument \(self.name) is a token of Akamai, and \($0)" } }

    private var reason: String? {
        guard let tokens = self.parts.settings.accepted.cdn?.akamai else {
            return "\(CDNSettings.akamaiKey) is not set: set it to the key of Akamai's settings, in hexadecimal digits"
        }
        guard self.names.contains(self.name) else {
            return
                "\(CDNSettings.akamaiName) is \(self.names.joined(separator: ",").debugDescription): add \(self.name) to it"
        }
        guard let request = self.parts.request(address: self.value("ip")) else { return self.parts.otherPrefix }
        switch tokens.verify(request) {
        case .valid(let link): return self.parts.tooLate(link, "exp")
        case .expired: return CDNLinkParts.expired("exp", self.value("exp").flatMap { Int64($0) })
        case .invalid(let flaw):
            switch flaw.code {
            case .notYetValid: return CDNLinkParts.notYetValid("st", self.value("st").flatMap { Int64($0) })
            case .wrongSignature: return self.wrongSignature
            case .otherPath: return self.otherPath
            case .otherAddress, .missingBinding: return nil
            default:
                return self.delimiter
                    ?? "\(flaw.description.replacing("the link is malformed: ", with: ""))\(self.cause)"
            }
        }
    }

    /// The value of a field, decoded.
    private func value(_ field: String) -> String? {
        self.token.split(separator: "~").first { $0.hasPrefix("\(field)=") }
            .map { String(decoding: PercentEncoding.decode($0.dropFirst(field.count + 1).utf8), as: UTF8.self) }
    }

    private var cause: String {
        self.token.contains("hmac=")
            ? ": let the program that signs make the token as Akamai's library does"
            : ": the link is cut off, or the program does not append the code"
    }

    /// Another delimiter of the fields; `nil` if the token has Akamai's.
    private var delimiter: String? {
        guard let code = self.token.firstRange(of: "hmac=")?.lowerBound, code > self.token.startIndex else {
            return nil
        }
        let delimiter = self.token[self.token.index(before: code)]
        guard delimiter != "~" else { return nil }
        return
            "its fields are separated by \(String(delimiter).debugDescription): let the program separate them by \"~\", Akamai's delimiter, which the gate reads"
    }

    /// The cause of a wrong code: the setting with which it is correct.
    private var wrongSignature: String {
        let source = self.parts.settings.source
        let algorithm = source[CDNSettings.akamaiAlgorithm] ?? AkamaiTokens.Algorithm.sha256.rawValue
        let digits = self.token.split(separator: "~").last.map { $0.count - "hmac=".count } ?? 0
        let lengths: [AkamaiTokens.Algorithm: Int] = [.sha256: 64, .sha1: 40, .md5: 32]
        if let other = lengths.first(where: { $0.value == digits })?.key.rawValue, other != algorithm {
            return
                "its code has \(digits) digits, as \(other) makes them, and \(CDNSettings.akamaiAlgorithm) is \(algorithm): set it to \(other)"
        }
        if source[CDNSettings.akamaiSalt] != nil, self.isSigned(self.parts.links(CDNSettings.akamaiSalt, nil)) {
            return "it was signed without a salt: remove \(CDNSettings.akamaiSalt)"
        }
        let texts = source[CDNSettings.akamaiKey]?.split(separator: " ").map { Hexadecimal.encode($0.utf8) } ?? []
        if self.isSigned(self.parts.links(CDNSettings.akamaiKey, texts.joined(separator: " "))) {
            return
                "it was signed with the text of \(CDNSettings.akamaiKey): let the program sign with the bytes for which its hexadecimal digits stand"
        }
        let isForURL = self.value("acl") == nil
        if isForURL, self.isSigned(self.parts.settings.accepted.cdn, rawPath: self.parts.pathBelowPrefix) {
            return CDNLinkParts.withoutPrefix
        }
        return
            "its code is not that of \(CDNSettings.akamaiKey): the key or the salt differs, or the token was changed"
            + (isForURL ? ", or it is for another path than \(self.parts.url.path.debugDescription)" : "")
    }

    private func isSigned(_ links: CDNLinks?, rawPath: String? = nil) -> Bool {
        guard let request = self.parts.request(rawPath: rawPath, address: self.value("ip")),
            let verdict = links?.akamai?.verify(request)
        else { return false }
        return verdict != .invalid(.wrongSignature)
    }

    /// Why the list of paths does not cover the URL.
    private var otherPath: String {
        let list = self.value("acl") ?? ""
        let shown = "its acl is \(list.debugDescription)"
        if let other = [",", "|", ";", " "].first(where: { list.contains("\($0)/") }) {
            return
                "\(shown), whose paths are separated by \(other.debugDescription): let the program separate them by \"!\", Akamai's delimiter"
        }
        let below = self.parts.pathBelowPrefix
        let covers = list.split(separator: "!").contains { path in
            path == below[...] || path.hasSuffix("*") && below.hasPrefix(path.dropLast())
        }
        if covers, !self.parts.settings.prefix.isEmpty { return CDNLinkParts.withoutPrefix }
        return
            "\(shown), which does not cover \(self.parts.url.path.debugDescription): let the program list the path, from the first slash after the host on"
    }
}
