import Crypto
import SendfileBasics

/// Signs short texts that clients keep, and verifies them: session cookies, tokens of forms, the state of a sign-in.
///
/// ```swift
/// let sessions = try SignedValues(purpose: "session", keys: [LinkKey(secret: secret)])
/// let cookie = sessions.sign("alice", expires: .now + .seconds(8 * 3600))
/// // YWxpY2U.1780000000.…
///
/// print(sessions.verify(cookie) ?? "no session")
/// ```
///
/// A client can read a signed value but neither change it nor create one. A signed value contains only letters, digits, `-`, `_`, `.`
/// and `~`: it needs no encoding in a cookie, a URL or a form.
///
/// A signed value is valid until its expiry and cannot be revoked by itself. Bind it to something that changes (`boundTo`), such as
/// the user's password hash: a new password then ends the user's sessions.
public struct SignedValues: Sendable {
    private static let label = "sendfile-value-v1"

    private let purpose: String
    private let keys: [LinkKey]

    /// Creates an object that signs and verifies values.
    ///
    /// - Parameters:
    ///   - purpose: A name for this kind of value. Values with another purpose are invalid, so that one secret can sign several kinds.
    ///   - keys: The first one signs; values signed by any of them are valid.
    /// - Throws: ``SignedLinksError`` if `keys` is empty, the secret of a key is empty, or two keys share a name.
    public init(purpose: String, keys: [LinkKey]) throws(SignedLinksError) {
        try SignedLinks.check(keys)
        self.purpose = purpose
        self.keys = keys
    }

    /// Signs a value.
    ///
    /// - Parameters:
    ///   - value: The value, which clients can read. A cookie holds up to 4,096 bytes, and signing adds a third and about 60 bytes.
    ///   - expires: The last second in which the signed value is valid.
    ///   - context: A text that is signed but not sent; verification needs the same text.
    public func sign(_ value: String, expires: LinkTime, boundTo context: String = "") -> String {
        let key = self.keys[0]
        let signature = Signature.hmac(
            SHA256.self, self.message(Array(value.utf8), expires.secondsSince1970, context), key: key)
        let name = key.id.isEmpty ? "" : "\(key.id)."
        return "\(Base64.url.encode(value.utf8)).\(expires.secondsSince1970).\(name)\(Base64.url.encode(signature))"
    }

    /// The value; `nil` if the text is not a signed value of this purpose and context, or has expired.
    ///
    /// Signatures are compared in constant time.
    ///
    /// - Parameters:
    ///   - text: The text from the client.
    ///   - now: The time of verification.
    ///   - context: The text that was given to ``sign(_:expires:boundTo:)``.
    public func verify(_ text: String, at now: LinkTime = .now, boundTo context: String = "") -> String? {
        self.verify(text, at: now) { _ in context }
    }

    /// Verifies a signed value whose context depends on the value. Returns `nil` if the text is invalid or has expired, or if `context`
    /// returns `nil`.
    ///
    /// ```swift
    /// func user(_ cookie: String, _ sessions: SignedValues, hashes: [String: String]) -> String? {
    ///     sessions.verify(cookie) { name in hashes[name] }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - text: The text from the client.
    ///   - now: The time of verification.
    ///   - context: Returns the text that was given to ``sign(_:expires:boundTo:)`` for this value, or `nil`. The value is not
    ///     verified yet: use it only to find the context.
    public func verify(
        _ text: String, at now: LinkTime = .now, boundTo context: (_ unverified: String) throws -> String?
    ) rethrows -> String? {
        guard let claim = Claim(text), let value = String(validating: claim.value, as: UTF8.self),
            let key = self.keys.first(where: { $0.id == claim.keyID }), let context = try context(value)
        else { return nil }
        let message = self.message(claim.value, claim.expires, context)
        guard
            HMAC<SHA256>.isValidAuthenticationCode(
                claim.signature, authenticating: message, using: SymmetricKey(data: key.secret)),
            now.secondsSince1970 <= claim.expires
        else { return nil }
        return value
    }

    /// The signed bytes: each part with its length, so that different parts never make the same message.
    private func message(_ value: [UInt8], _ expires: Int64, _ context: String) -> [UInt8] {
        let parts = [
            Array(Self.label.utf8), Array(self.purpose.utf8), Array("\(expires)".utf8), Array(context.utf8), value,
        ]
        return parts.flatMap { Array("\($0.count):".utf8) + $0 }
    }

    /// The parts of a signed value. A key's name may contain a dot; the other parts contain none.
    private struct Claim {
        let value: [UInt8]
        let expires: Int64
        let keyID: String
        let signature: [UInt8]

        init?(_ text: String) {
            let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, let value = Base64.url.decode(parts[0].utf8),
                let expires = UnixTime.decimal(Array(parts[1].utf8))
            else { return nil }
            let dot = parts[2].lastIndex(of: ".")
            let code = dot.map { parts[2][parts[2].index(after: $0)...] } ?? parts[2]
            guard let signature = Base64.url.decode(code.utf8) else { return nil }
            (self.value, self.expires, self.signature) = (value, expires, signature)
            self.keyID = dot.map { String(parts[2][..<$0]) } ?? ""
        }
    }
}
