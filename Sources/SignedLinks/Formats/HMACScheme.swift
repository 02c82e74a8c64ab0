import Crypto
import SendfileBasics

/// `/path?expires=…&name=…&key=…&signature=…`, signed by HMAC-SHA256; `name` and `key` are present only if the link has
/// them.
///
/// The signed message is a sequence of texts, none of which contains a NUL, with a NUL after each: the label; the path
/// with a leading slash; the expiry in decimal digits; for each value that the link is bound to, in the order of
/// ``LinkBinding/Field``, its name, `=` and the value; and finally, if the link has a name to save the file under,
/// `name=` and that name, decoded. Two messages are therefore equal only if all these values are equal, and no message
/// is one of another version or program.
struct HMACScheme: LinkScheme {
    static let label = "sendfile-link-v1"

    let allowedFields = Set(LinkBinding.Field.allCases)
    let requiredFields: Set<LinkBinding.Field> = []
    let allowsName = true

    func link(
        to path: LinkPath, name: String?, expires: Int64, binding: LinkBinding, key: LinkKey
    ) throws(SignedLinksError) -> String {
        guard expires >= 0 else {
            throw SignedLinksError(.invalidExpiry, "the expiry of a link is \(expires); give seconds since 1970")
        }
        let signature = Signature.hmac(
            SHA256.self, Self.message(path: path, name: name, expires: expires, binding: binding), key: key)
        var query = "expires=\(expires)"
        if let name { query += "&name=\(PercentEncoding.text(name.utf8, keeping: PercentEncoding.pathCharacters))" }
        if !key.id.isEmpty { query += "&key=\(key.id)" }
        return "/\(path.encoded)?\(query)&signature=\(Base64.url.encode(signature))"
    }

    func read(path: [UInt8], query: [UInt8]) throws(LinkFlaw) -> LinkClaim {
        let arguments = QueryArguments(query)
        guard let signatureText = try arguments.value(of: "signature") else { throw LinkFlaw.missingSignature }
        guard let signature = Base64.url.decode(signatureText), signature.count == SHA256.byteCount else {
            throw LinkFlaw.malformed("signature is not 43 characters of base64url")
        }
        guard let expires = try arguments.value(of: "expires").flatMap(UnixTime.decimal) else {
            throw LinkFlaw.malformed("expires is not a number of seconds")
        }
        let keyID = try arguments.value(of: "key") ?? []
        guard keyID.count <= 64, keyID.allSatisfy(PercentEncoding.isUnreserved) else {
            throw LinkFlaw.malformed("key is not a key's name")
        }
        var name: String?
        if let text = try arguments.value(of: "name") {
            name = PercentEncoding.decodeStrictly(text).flatMap { String(validating: $0, as: UTF8.self) }
            guard name != nil, name?.utf8.contains(0) == false else {
                throw LinkFlaw.malformed("name is not percent-encoded UTF-8")
            }
        }
        return LinkClaim(
            path: try LinkPath(requested: path), name: name, time: expires, expires: expires,
            keyID: String(decoding: keyID, as: UTF8.self), signature: signature)
    }

    func isSigned(_ claim: LinkClaim, binding: LinkBinding, by key: LinkKey) -> Bool {
        let message = Self.message(path: claim.path, name: claim.name, expires: claim.time, binding: binding)
        return HMAC<SHA256>.isValidAuthenticationCode(
            claim.signature, authenticating: message, using: SymmetricKey(data: key.secret))
    }

    private static func message(path: LinkPath, name: String?, expires: Int64, binding: LinkBinding) -> [UInt8] {
        var fields = [Array(Self.label.utf8), path.absolute, Array(String(expires).utf8)]
        fields += binding.fields.map { Array("\($0.name.rawValue)=\($0.value)".utf8) }
        if let name { fields.append(Array("name=\(name)".utf8)) }
        return fields.flatMap { $0 + [0] }
    }
}
