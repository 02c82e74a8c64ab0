import Crypto
import SendfileBasics
import SignedLinks
import SignedLinksCDN
import _CryptoExtras

extension CDNRequest {
    /// A web server's view of a path and a query.
    init(_ target: String, cookies: [(String, String)] = [], address: String? = nil) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.init(
            path: PercentEncoding.decode(parts[0].utf8), rawPath: String(parts[0]),
            query: parts.count > 1 ? String(parts[1]) : "")
        for (name, value) in cookies { self.cookies[name, default: []].append(value) }
        self.clientAddress = address
    }
}

extension CloudFrontLinks {
    /// Verifies the URLs of the vectors, and those of ``TestSigner``.
    static var test: CloudFrontLinks {
        get throws {
            try CloudFrontLinks(
                keys: CloudFrontVector.keys.map { try CloudFrontKey(id: $0.id, pem: $0.pem) } + [TestSigner.key],
                urls: ["https://cdn.example.org", CloudFrontVector.url])
        }
    }
}

extension LinkVerdict {
    /// The code of an invalid link; `nil` for any other verdict.
    var flaw: LinkFlaw.Code? {
        if case .invalid(let flaw) = self { flaw.code } else { nil }
    }

    /// The content of a valid link; `nil` for any other verdict.
    var link: VerifiedLink? {
        if case .valid(let link) = self { link } else { nil }
    }
}

/// The time at which the tests verify.
let now = CloudFrontVector.end - .seconds(60)

/// A site that signs any text for CloudFront.
enum TestSigner {
    static let id = "Ktest"

    private static let privateKey = P256.Signing.PrivateKey()

    static var key: CloudFrontKey {
        get throws { try CloudFrontKey(id: Self.id, pem: Self.privateKey.publicKey.pemRepresentation) }
    }

    /// The parameters of a text as the policy.
    static func parameters(_ text: [UInt8]) throws -> [(String, String)] {
        [("Policy", Self.encode(text)), ("Signature", try Self.signature(of: text)), ("Key-Pair-Id", Self.id)]
    }

    /// A target with a text as its policy.
    static func target(_ path: String, policy text: String) throws -> String {
        "\(path)?" + (try Self.parameters(Array(text.utf8)).map { "\($0)=\($1)" }.joined(separator: "&"))
    }

    /// A policy with a condition.
    static func policy(_ resource: String, _ condition: String = #""DateLessThan":{"AWS:EpochTime":1780003600}"#)
        -> String
    {
        #"{"Statement":[{"Resource":"\#(resource)","Condition":{\#(condition)}}]}"#
    }

    static func signature(of text: [UInt8]) throws -> String {
        Self.encode(try Self.privateKey.signature(for: Insecure.SHA1.hash(data: text)).derRepresentation)
    }

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        Base64.standard.encode(bytes).replacing("+", with: "-").replacing("=", with: "_").replacing("/", with: "~")
    }
}

extension String {
    /// The texts that are cut off, and those with one byte removed, changed or added.
    ///
    /// - Parameter replacements: The bytes that are put in place of each byte, and before it.
    func mutations(_ replacements: String) -> [String] {
        let bytes = Array(self.utf8)
        var texts: [[UInt8]] = []
        for index in bytes.indices {
            texts.append(Array(bytes[..<index]))
            texts.append(bytes[..<index] + [] + bytes[(index + 1)...])
            for byte in replacements.utf8 where byte != bytes[index] {
                texts.append(bytes[..<index] + [byte] + bytes[(index + 1)...])
                texts.append(bytes[..<index] + [byte] + bytes[index...])
            }
        }
        return texts.map { String(decoding: $0, as: UTF8.self) }
    }
}
