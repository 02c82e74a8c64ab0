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
        let query = self.query(request.method, path, expires: expires, addresses: request.addresses, secret)
        var url = "\(endpoint.origin)\(encodedPath)?\(query)"
        if let name = request.overrides.fileName { url += "&filename=\(PercentEncoding.text(name.utf8))" }
        // The middleware sends every object as an attachment otherwise.
        if !request.overrides.isAttachment { url += "&inline" }
        return url
    }

    /// The parameters with a signature that is valid for every object whose name begins with a prefix.
    ///
    /// - Parameters:
    ///   - bucketPath: The path of account and container, with a slash at its end.
    ///   - prefix: The beginning of the objects' names.
    func prefixQuery(
        method: String, bucketPath: [UInt8], prefix: [UInt8], expires: Int64, addresses: ClientAddresses?,
        _ secret: [UInt8]
    ) -> String {
        let path = Array("prefix:".utf8) + bucketPath + prefix
        return self.query(method, path, expires: expires, addresses: addresses, secret)
            + "&temp_url_prefix=\(PercentEncoding.text(prefix))"
    }

    /// The parameters with the signature of a path. The addresses are the first line of the text, because a path may have several
    /// lines.
    private func query(
        _ method: String, _ path: [UInt8], expires: Int64, addresses: ClientAddresses?, _ secret: [UInt8]
    ) -> String {
        let line = addresses.map { "ip=\($0)\n" } ?? ""
        let signature = self.signature(Array("\(line)\(method)\n\(expires)\n".utf8) + path, secret)
        let range = addresses.map { "&temp_url_ip_range=\(PercentEncoding.text($0.description.utf8))" } ?? ""
        return "temp_url_sig=\(signature)&temp_url_expires=\(expires)\(range)"
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
