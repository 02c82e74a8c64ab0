import Crypto

/// `/path?expires=…&key=…&signature=…`, signed by HMAC-SHA256.
///
/// The signed message is a sequence of texts with a NUL after each, which none of them has in it: the label, the path with a leading
/// slash, the expiry in decimal digits, and for each thing that the link is bound to, in the order of ``LinkBinding/Field``, its
/// name, `=` and its value. So two messages are equal only if all of that is, and none is a message of another version or program.
struct HMACScheme: LinkScheme {
    static let label = "sendfile-link-v1"

    let allowedFields = Set(LinkBinding.Field.allCases)
    let requiredFields: Set<LinkBinding.Field> = []

    func link(
        to path: LinkPath, expires: Int64, binding: LinkBinding, key: LinkKey
    ) throws(SignedLinksError) -> String {
        guard expires >= 0 else {
            throw SignedLinksError(.invalidExpiry, "the expiry of a link is \(expires); give seconds since 1970")
        }
        let signature = Signature.hmac(
            SHA256.self, Self.message(path: path, expires: expires, binding: binding), key: key)
        let name = key.id.isEmpty ? "" : "&key=\(key.id)"
        return "/\(path.encoded)?expires=\(expires)\(name)&signature=\(Base64URL.encode(signature))"
    }

    func read(path: [UInt8], query: [UInt8]) throws(LinkFlaw) -> LinkClaim {
        let arguments = QueryArguments(query)
        guard let signatureText = try arguments.value(of: "signature") else { throw LinkFlaw.missingSignature }
        guard let signature = Base64URL.decode(signatureText), signature.count == SHA256.byteCount else {
            throw LinkFlaw.malformed("signature is not 43 characters of base64url")
        }
        guard let expires = try arguments.value(of: "expires").flatMap(UnixTime.decimal) else {
            throw LinkFlaw.malformed("expires is not a number of seconds")
        }
        let keyID = try arguments.value(of: "key") ?? []
        guard keyID.count <= 64, keyID.allSatisfy(PercentEncoding.isUnreserved) else {
            throw LinkFlaw.malformed("key is not a key's name")
        }
        return LinkClaim(
            path: try LinkPath(requested: path), time: expires, expires: expires,
            keyID: String(decoding: keyID, as: UTF8.self), signature: signature)
    }

    func isSigned(_ claim: LinkClaim, binding: LinkBinding, by key: LinkKey) -> Bool {
        let message = Self.message(path: claim.path, expires: claim.time, binding: binding)
        return HMAC<SHA256>.isValidAuthenticationCode(
            claim.signature, authenticating: message, using: SymmetricKey(data: key.secret))
    }

    private static func message(path: LinkPath, expires: Int64, binding: LinkBinding) -> [UInt8] {
        var fields = [Array(Self.label.utf8), path.absolute, Array(String(expires).utf8)]
        fields += binding.fields.map { Array("\($0.name.rawValue)=\($0.value)".utf8) }
        return fields.flatMap { $0 + [0] }
    }
}
