import Crypto
import SendfileBasics

/// `2.FIELDS.KEY.SIGNATURE`: the text that a client has.
///
/// FIELDS is the base64url of ``GrantFields``, KEY the name of the key, which may be empty or contain dots, and SIGNATURE the base64url of the
/// HMAC-SHA256 of ``label``, a NUL and everything before the last dot. The signature is thus verified on the text as it arrived, before
/// anything in it is decoded.
struct GrantToken {
    static let label = "sendfile-grant-v2"

    /// The beginning of a token, with its version.
    private static let start = "2."

    /// The beginning of a path's first segment that is a token.
    static let segmentStart = "~\(Self.start)"

    /// The most bytes of a token. A response that gives it as a cookie has to fit into the 4 KiB of nginx's `fastcgi_buffer_size`, with
    /// two paths, and browsers keep at most 4,096 bytes of a cookie.
    static let longest = 2_000

    private static let dot = UInt8(ascii: ".")

    let keyID: String
    private let fields: ArraySlice<UInt8>
    private let signed: ArraySlice<UInt8>
    private let signature: [UInt8]

    /// Divides a text into its parts.
    init(_ text: ArraySlice<UInt8>) throws(LinkFlaw) {
        guard text.count <= Self.longest else {
            throw LinkFlaw.malformed("its grant is longer than \(Self.longest) bytes")
        }
        guard text.starts(with: Self.start.utf8) else { throw LinkFlaw.malformed("its grant is of an unknown version") }
        let rest = text.dropFirst(Self.start.utf8.count)
        guard let end = rest.lastIndex(of: Self.dot), let middle = rest[..<end].firstIndex(of: Self.dot) else {
            throw LinkFlaw.malformed("its grant does not have four parts")
        }
        let keyID = rest[(middle + 1)..<end]
        guard keyID.count <= 64, keyID.allSatisfy(PercentEncoding.isUnreserved) else {
            throw LinkFlaw.malformed("its grant has no key's name")
        }
        guard text.endIndex - end == 44, let signature = Base64.url.decode(text[(end + 1)...]) else {
            throw LinkFlaw.malformed("its grant's signature is not 43 characters of base64url")
        }
        self.fields = rest[..<middle]
        self.keyID = String(decoding: keyID, as: UTF8.self)
        self.signed = text[..<end]
        self.signature = signature
    }

    /// Whether the key has signed the token. Compares in constant time.
    func isSigned(by key: LinkKey) -> Bool {
        HMAC<SHA256>.isValidAuthenticationCode(
            self.signature, authenticating: Self.message(self.signed), using: SymmetricKey(data: key.secret))
    }

    /// The grant, to be read after the signature was verified.
    func grant() throws(LinkFlaw) -> Grant {
        guard let bytes = Base64.url.decode(self.fields) else {
            throw LinkFlaw.malformed("its grant's fields are not base64url")
        }
        return try GrantFields(bytes).grant
    }

    /// Signs fields.
    static func text(_ fields: GrantFields, key: LinkKey) -> String {
        let signed = "\(Self.start)\(Base64.url.encode(fields.bytes)).\(key.id)"
        let signature = Signature.hmac(SHA256.self, Self.message(signed.utf8), key: key)
        return "\(signed).\(Base64.url.encode(signature))"
    }

    private static func message(_ signed: some Sequence<UInt8>) -> [UInt8] { Array(Self.label.utf8) + [0] + signed }
}
