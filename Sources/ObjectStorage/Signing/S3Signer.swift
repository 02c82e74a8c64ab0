import Crypto
import SendfileBasics

/// Signs URLs by AWS Signature Version 4 in the query ("Authenticating Requests: Using Query Parameters").
struct S3Signer: Sendable {
    let region: String

    /// The maximum life of a signed URL, in seconds: seven days.
    static let longestLife: Int64 = 604_800

    /// Signs a request for an object.
    ///
    /// - Parameters:
    ///   - endpoint: The store. The client has to send its authority unchanged as `Host`.
    ///   - path: The encoded path, with the bucket in it where the store is addressed by path.
    func url(
        for request: ObjectRequest, at endpoint: Endpoint, path: String, by credentials: ObjectStoreCredentials.Values
    ) -> String {
        let stamp = S3Time(secondsSince1970: request.time)
        let scope = "\(stamp.date)/\(self.region)/s3/aws4_request"
        var parameters = [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", "\(credentials.accessKey)/\(scope)"),
            ("X-Amz-Date", stamp.description), ("X-Amz-Expires", String(request.life)),
            ("X-Amz-SignedHeaders", "host"),
        ]
        if let token = credentials.sessionToken { parameters.append(("X-Amz-Security-Token", token)) }
        parameters += request.parameters.map { ($0.name, $0.value) }
        let overrides = request.overrides
        if let type = overrides.contentType { parameters.append(("response-content-type", type)) }
        if let value = overrides.contentDisposition { parameters.append(("response-content-disposition", value)) }
        if let value = overrides.cacheControl { parameters.append(("response-cache-control", value)) }
        // The names differ, so they alone determine the order.
        let query =
            parameters
            .map { (PercentEncoding.text($0.0.utf8), PercentEncoding.text($0.1.utf8)) }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            .map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        let canonicalRequest =
            "\(request.method)\n\(path)\n\(query)\nhost:\(endpoint.authority)\n\nhost\nUNSIGNED-PAYLOAD"
        let hash = Hexadecimal.encode(SHA256.hash(data: Array(canonicalRequest.utf8)))
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope)\n\(hash)"
        var key = Array("AWS4".utf8) + credentials.secret
        for part in [stamp.date, self.region, "s3", "aws4_request"] { key = Self.mac(part, key) }
        return "\(endpoint.origin)\(path)?\(query)&X-Amz-Signature=\(Hexadecimal.encode(Self.mac(text, key)))"
    }

    private static func mac(_ text: String, _ key: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
    }
}
