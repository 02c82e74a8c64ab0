import Crypto
import SendfileBasics
public import SignedLinks
import _CryptoExtras

/// The public key of a key pair that signs URLs and cookies for CloudFront: RSA with 2,048 bits or more, or ECDSA on the curve P-256.
///
/// AWS describes the keys in
/// [Specify signers that can create signed URLs and signed cookies](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-trusted-signers.html).
public struct CloudFrontKey: Sendable, CustomStringConvertible {
    private enum Algorithm: Sendable {
        case rsa(_RSA.Signing.PublicKey)
        case ecdsa(P256.Signing.PublicKey)
    }

    /// The hash function that signed a policy.
    enum Hash: Sendable {
        case sha1, sha256

        /// The hash with the name in `Hash-Algorithm`; SHA-1 if a URL names none.
        init(_ name: String?) throws(LinkFlaw) {
            switch name {
            case nil, "SHA1": self = .sha1
            case "SHA256": self = .sha256
            default: throw LinkFlaw.malformed("Hash-Algorithm is neither SHA1 nor SHA256")
            }
        }
    }

    /// The id of the key pair, which a signed URL contains as `Key-Pair-Id`.
    public let id: String

    private let algorithm: Algorithm

    /// Creates a key.
    ///
    /// - Parameters:
    ///   - id: The id of the key pair, such as `K2JCJMDEHXQW5F`.
    ///   - pem: The public key in PEM, as it was uploaded to AWS: it begins with `-----BEGIN PUBLIC KEY-----`.
    /// - Throws: `SignedLinksError` if the id is not 1 to 64 letters, digits, `-`, `.`, `_` and `~`, or the text is not
    ///   such a key.
    public init(id: String, pem: String) throws(SignedLinksError) {
        guard Self.isID(id.utf8) else {
            throw SignedLinksError(
                .invalidKeyID,
                "the id of a key pair is \"\(PercentEncoding.text(id.utf8))\"; use the id that AWS shows, such as K2JCJMDEHXQW5F"
            )
        }
        self.id = id
        if let key = try? P256.Signing.PublicKey(pemRepresentation: pem) {
            self.algorithm = .ecdsa(key)
        } else if let key = try? _RSA.Signing.PublicKey(pemRepresentation: pem) {
            self.algorithm = .rsa(key)
        } else {
            throw SignedLinksError(
                .invalidKey,
                "the key of the pair \"\(id)\" is not a public key in PEM, RSA with 2048 bits or more, or ECDSA with P-256; use the file that was uploaded to AWS"
            )
        }
    }

    /// The id of the key pair.
    public var description: String { "CloudFrontKey(\(self.id))" }

    static func isID(_ id: some Collection<UInt8>) -> Bool {
        (1...64).contains(id.count) && id.allSatisfy(PercentEncoding.isUnreserved)
    }

    /// Whether the pair's private key has signed a policy.
    func hasSigned(_ policy: [UInt8], _ signature: [UInt8], _ hash: Hash) -> Bool {
        switch hash {
        case .sha1: self.hasSigned(Insecure.SHA1.hash(data: policy), signature)
        case .sha256: self.hasSigned(SHA256.hash(data: policy), signature)
        }
    }

    private func hasSigned(_ digest: some Digest, _ signature: [UInt8]) -> Bool {
        switch self.algorithm {
        case .rsa(let key):
            return key.isValidSignature(
                _RSA.Signing.RSASignature(rawRepresentation: signature), for: digest, padding: .insecurePKCS1v1_5)
        case .ecdsa(let key):
            guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else { return false }
            return key.isValidSignature(signature, for: digest)
        }
    }
}
