import Crypto
import SendfileBasics

/// Signs URLs for the TempURL middleware of OpenStack Swift.
struct TempURLSigner: Sendable {
    let digest: TempURLDigest

    /// Signs a request for an object.
    ///
    /// The scheme and the authority are not part of the signature. A signature for `GET` permits `HEAD`, too.
    ///
    /// - Parameters:
    ///   - endpoint: The store.
    ///   - path: The path of account, container and object, not encoded, because the signature contains its bytes.
    ///   - encodedPath: The same path in a URL.
    func url(
        for request: ObjectRequest, at endpoint: Endpoint, path: [UInt8], encodedPath: String, secret: [UInt8]
    ) -> String {
        let (expires, _) = request.time.addingReportingOverflow(request.life)
        let text = Array("\(request.method)\n\(expires)\n".utf8) + path
        var url =
            "\(endpoint.origin)\(encodedPath)?temp_url_sig=\(self.signature(text, secret))&temp_url_expires=\(expires)"
        if let name = request.overrides.fileName { url += "&filename=\(PercentEncoding.text(name.utf8))" }
        // The middleware sends every object as an attachment otherwise.
        if !request.overrides.isAttachment { url += "&inline" }
        return url
    }

    private func signature(_ text: [UInt8], _ secret: [UInt8]) -> String {
        let key = SymmetricKey(data: secret)
        return switch self.digest.kind {
        case .sha1: Hexadecimal.encode(HMAC<Insecure.SHA1>.authenticationCode(for: text, using: key))
        case .sha256: Hexadecimal.encode(HMAC<SHA256>.authenticationCode(for: text, using: key))
        case .sha512: Hexadecimal.encode(HMAC<SHA512>.authenticationCode(for: text, using: key))
        }
    }
}

/// The digest of a TempURL signature.
public struct TempURLDigest: Sendable, Hashable {
    enum Kind: Sendable {
        case sha1, sha256, sha512
    }

    let kind: Kind

    /// SHA-1, which stores before OpenStack 2023.1 require, and later ones refuse by default.
    public static let sha1 = Self(kind: .sha1)
    /// SHA-256.
    public static let sha256 = Self(kind: .sha256)
    /// SHA-512.
    public static let sha512 = Self(kind: .sha512)
}
