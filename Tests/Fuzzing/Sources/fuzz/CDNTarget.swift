import Crypto
import SignedLinks
import SignedLinksCDN

@testable import SendfileBasics

/// Invented URLs, cookies and tokens of CDNs, and any text with a correct signature.
enum CDNTarget {
    private static let now = LinkTime(secondsSince1970: 1_780_000_000)
    private static let url = "https://cdn.example.org"
    private static let privateKey = P256.Signing.PrivateKey()
    private static let secret: [UInt8] = Array("not for the fuzzer to know".utf8)
    private static let links = try? CloudFrontLinks(
        keys: [CloudFrontKey(id: "K", pem: Self.privateKey.publicKey.pemRepresentation)], urls: [Self.url])
    private static let tokens = try? AkamaiTokens(keys: [Hexadecimal.encode(Self.secret)])

    static func run(_ input: Input) {
        guard let links = Self.links, let tokens = Self.tokens else { return require(false, "no verifiers") }
        var input = input
        let choice = input.byte()
        let (path, text) = (input.text(), input.text())
        let rest = input.restText

        // No input has a correct signature.
        for request in [
            Self.request(path, text), Self.request(path, "hdnts=\(text)"),
            Self.request(path, "Policy=\(text)&Signature=\(rest)&Key-Pair-Id=K"),
            Self.request(path, "Expires=1780000060&Signature=\(text)&Key-Pair-Id=K"),
            Self.request(path, "", [("CloudFront-Signature", text), ("CloudFront-Policy", rest), ("hdnea", text)]),
        ] {
            for verdict in [links.verify(request, at: Self.now), tokens.verify(request, at: Self.now)] {
                require(verdict.statusCode == 404, "\(path) \(text) \(rest)")
            }
        }
        if choice & 1 == 0 { Self.policy(path, rest, links) } else { Self.token(path, rest, tokens) }
    }

    private static func request(_ path: String, _ query: String, _ cookies: [(String, String)] = []) -> CDNRequest {
        var request = CDNRequest(path: PercentEncoding.decode(path.utf8), rawPath: path, query: query)
        for (name, value) in cookies { request.cookies[name, default: []].append(value) }
        request.clientAddress = "192.0.2.1"
        return request
    }

    /// A policy that the site has signed, and the pattern of its resource.
    private static func policy(_ path: String, _ text: String, _ links: CloudFrontLinks) {
        let end = #""Condition":{"DateLessThan":{"AWS:EpochTime":1780000060}}"#
        // A whole policy, and one with the text as its resource.
        let isResource = !text.hasPrefix("{") && !text.utf8.contains { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }
        let policy = isResource ? #"{"Statement":[{"Resource":"\#(text)",\#(end)}]}"# : text
        let digest = Insecure.SHA1.hash(data: Array(policy.utf8))
        guard let signature = try? Self.privateKey.signature(for: digest) else { return require(false, "no signature") }
        let query =
            "Policy=\(Self.encode(policy.utf8))&Signature=\(Self.encode(signature.derRepresentation))&Key-Pair-Id=K"
        let verdict = links.verify(Self.request(path, query), at: Self.now)
        if case .valid(let link) = verdict {
            require(link.expires >= Self.now && link.grant?.place == .query, "\(policy)")
        }
        guard isResource, !path.utf8.contains(UInt8(ascii: "?")) else { return }
        let isCovered = Self.matches(Array(text.utf8)[...], Array("\(Self.url)\(path)".utf8)[...])
        if case .valid = verdict { require(isCovered, "\(text) covers \(path)") }
        if case .invalid(let flaw) = verdict, flaw.code == .otherPath {
            require(!isCovered, "\(text) does not cover \(path)")
        }
    }

    /// A token that the site has signed.
    private static func token(_ path: String, _ fields: String, _ tokens: AkamaiTokens) {
        let key = SymmetricKey(data: Self.secret)
        func sign(_ hidden: String) -> String {
            let code = HMAC<SHA256>.authenticationCode(for: Array("\(fields)\(hidden)".utf8), using: key)
            return "\(fields)~hmac=\(Hexadecimal.encode(code))"
        }
        for token in [sign(""), sign("~url=\(path)")] {
            let request = Self.request(path, "", [("hdnts", token)])
            guard case .valid(let link) = tokens.verify(request, at: Self.now) else { continue }
            require(link.expires >= Self.now, "\(fields)")
            require(fields.contains("exp="), "\(fields)")
            let file = PercentEncoding.decode(path.utf8)
            require(link.path == (file.first == UInt8(ascii: "/") ? Array(file.dropFirst()) : file), "\(path)")
        }
    }

    private static func encode(_ bytes: some Sequence<UInt8>) -> String {
        String(
            decoding: Base64.standard.encode(bytes).utf8.map { character in
                switch character {
                case UInt8(ascii: "+"): UInt8(ascii: "-")
                case UInt8(ascii: "="): UInt8(ascii: "_")
                case UInt8(ascii: "/"): UInt8(ascii: "~")
                default: character
                }
            }, as: UTF8.self)
    }

    /// A second matcher, straight from the definition, to compare with. The text has no query.
    private static func matches(_ pattern: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) -> Bool {
        // The lengths of the beginnings of the text that the pattern so far matches.
        var lengths: Set<Int> = [0]
        for byte in pattern {
            if byte == UInt8(ascii: "*") {
                lengths = lengths.min().map { Set($0...text.count) } ?? []
            } else {
                lengths = Set(
                    lengths.filter { length in
                        length < text.count
                            && (byte == UInt8(ascii: "?") || text[text.startIndex + length] == byte)
                    }.map { $0 + 1 })
            }
        }
        return lengths.contains(text.count)
    }
}
