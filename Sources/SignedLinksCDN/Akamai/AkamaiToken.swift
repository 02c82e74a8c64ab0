import SendfileBasics
import SignedLinks

/// A token that has not been verified: `exp=…~acl=…~hmac=…`.
struct AkamaiToken {
    /// The most bytes of a token.
    static let longest = 4_096

    private static let delimiter = UInt8(ascii: "~")
    private static let codeName = "hmac="

    private enum Name: String {
        case ip, st, exp, acl, id, data
    }

    /// Everything before the code.
    let signed: ArraySlice<UInt8>
    let code: [UInt8]
    private let text: [UInt8]

    /// Divides a text as it was sent, which may be percent-encoded once as a whole.
    init(_ sent: [UInt8]) throws(LinkFlaw) {
        guard sent.count <= Self.longest else {
            throw LinkFlaw.malformed("its token is longer than \(Self.longest) bytes")
        }
        // Escaped values are part of the signed text, so a token with a field is not decoded.
        let text = sent.contains(UInt8(ascii: "=")) ? sent : PercentEncoding.decode(sent)
        guard let last = text.lastIndex(of: Self.delimiter), text[(last + 1)...].starts(with: Self.codeName.utf8),
            let code = Hexadecimal.decode(text[(last + 1 + Self.codeName.utf8.count)...])
        else { throw LinkFlaw.malformed("its token does not end with hmac= and hexadecimal digits") }
        self.text = text
        self.signed = text[..<last]
        self.code = code
    }

    /// The token as it was signed.
    var description: String { String(decoding: self.text, as: UTF8.self) }

    /// Whether the token lists paths. If not, it is for the path of the request, which is not in the token.
    var hasList: Bool { self.values.contains { $0.starts(with: "\(Name.acl)=".utf8) } }

    private var values: [ArraySlice<UInt8>] {
        self.signed.split(separator: Self.delimiter, omittingEmptySubsequences: false)
    }

    /// The grant and the patterns of its paths, to be read after the code was verified.
    ///
    /// An unknown field is an error: it may be a limit, or `url` and `salt`, which are signed and not sent.
    func terms() throws(LinkFlaw) -> (grant: Grant, patterns: [URLPattern]) {
        var fields: [Name: ArraySlice<UInt8>] = [:]
        for value in self.values {
            let text = value.prefix { $0 != UInt8(ascii: "=") }
            guard let name = Name(rawValue: String(decoding: text, as: UTF8.self)), value.count > text.count else {
                throw LinkFlaw.malformed("its token has a field that this version does not know")
            }
            guard fields.updateValue(value.dropFirst(text.count + 1), forKey: name) == nil else {
                throw LinkFlaw.malformed("its token has \(name) twice")
            }
        }
        guard let expires = fields[.exp].flatMap(UnixTime.decimal) else {
            throw LinkFlaw.malformed("its token has no exp in seconds")
        }
        var grant = Grant(.folder(""), expires: LinkTime(secondsSince1970: expires))
        if let text = fields[.st] {
            guard let start = UnixTime.decimal(text) else {
                throw LinkFlaw.malformed("its token's st is not in seconds")
            }
            grant.notBefore = LinkTime(secondsSince1970: start)
        }
        if let text = fields[.ip] {
            guard let network = Grant.Network(String(decoding: PercentEncoding.decode(text), as: UTF8.self)) else {
                throw LinkFlaw.malformed("its token's ip is not an address")
            }
            grant.networks = [network]
        }
        // A session's id that cannot be a grant's is not one to revoke.
        let id = fields[.id].map { String(decoding: $0, as: UTF8.self) }
        grant.id = id.flatMap { Grant.isID($0) ? $0 : nil }
        return (grant, fields[.acl].map(Self.patterns) ?? [])
    }

    /// The patterns of a list, which may be escaped as a whole.
    private static func patterns(_ list: ArraySlice<UInt8>) -> [URLPattern] {
        let isEscaped = !list.contains(UInt8(ascii: "/"))
        let spaced = isEscaped ? list.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 } : Array(list)
        return PercentEncoding.decode(spaced).split(separator: UInt8(ascii: "!")).map { URLPattern($0) }
    }
}
