import Crypto
import SignedLinks
import Testing

@Suite struct SignedValuesTests {
    private static let now = LinkTime(secondsSince1970: 1_800_000_000)
    private static let later = LinkTime(secondsSince1970: 1_800_000_060)

    private static func values(_ purpose: String = "session", _ keys: [LinkKey] = [LinkKey(secret: "secret")]) throws
        -> SignedValues
    {
        try SignedValues(purpose: purpose, keys: keys)
    }

    @Test(
        "A signed value is verified, and needs no encoding in a cookie, a URL or a form",
        arguments: ["", "alice", "a.b", "a=b; c&d\r\n", "日本\0", String(repeating: "x", count: 3000)],
        ["", "k1", "a.b~c"])
    func roundTrip(value: String, id: String) throws {
        let values = try Self.values("p", [LinkKey(id: id, secret: "secret")])
        let text = values.sign(value, expires: Self.later, boundTo: "x")
        #expect(text.wholeMatch(of: /[A-Za-z0-9._~-]+/) != nil)
        #expect(values.verify(text, at: Self.now, boundTo: "x") == value)
        #expect(values.verify(text, at: Self.later, boundTo: "x") == value)
        #expect(values.verify(text, at: Self.later + .seconds(1), boundTo: "x") == nil)
    }

    @Test("A value has the documented form") func form() throws {
        let text = try Self.values().sign("alice", expires: Self.later)
        #expect(text.hasPrefix("YWxpY2U.1800000060."))
        let message = "17:sendfile-value-v17:session10:18000000600:5:alice"
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(message.utf8), using: SymmetricKey(data: Array("secret".utf8)))
        let other = HMAC<SHA256>.authenticationCode(
            for: Array("x".utf8), using: SymmetricKey(data: Array("secret".utf8)))
        #expect(text == self.text(code))
        #expect(try Self.values().verify(self.text(code), at: Self.now) == "alice")
        #expect(try Self.values().verify(self.text(other), at: Self.now) == nil)
    }

    @Test("A changed letter anywhere makes a value invalid") func forgery() throws {
        let values = try Self.values()
        let text = values.sign("alice.admin", expires: Self.later)
        for index in text.indices {
            for letter in ["A", "z", "9", ".", "-", ""] where letter != String(text[index]) {
                let changed = text.replacingCharacter(at: index, with: letter)
                #expect(values.verify(changed, at: Self.now) == nil, "\(changed)")
            }
        }
        for changed in [
            "", ".", "..", "...", "\(text).", ".\(text)", "\(text)=", " \(text)", text + text, "a.1.b.\(text)",
        ] {
            #expect(values.verify(changed, at: Self.now) == nil, "\(changed)")
        }
    }

    @Test("A value of another purpose, key, context or expiry is invalid") func others() throws {
        let values = try Self.values()
        let text = values.sign("alice", expires: Self.later, boundTo: "x")
        #expect(try Self.values("form").verify(text, at: Self.now, boundTo: "x") == nil)
        #expect(try Self.values("session", [LinkKey(secret: "other")]).verify(text, at: Self.now, boundTo: "x") == nil)
        for context in ["", "y", "xx", "X"] { #expect(values.verify(text, at: Self.now, boundTo: context) == nil) }
        let parts = text.split(separator: ".")
        #expect(values.verify("\(parts[0]).1900000000.\(parts[2])", at: Self.now, boundTo: "x") == nil)
        // The border between context and value is signed.
        let moved = values.sign("bc", expires: Self.later, boundTo: "a")
        let signature = moved.split(separator: ".")[2]
        #expect(values.verify("Yw.1800000060.\(signature)", at: Self.now, boundTo: "ab") == nil)
    }

    @Test("A value signed by an older key is valid until the key is removed") func rotation() throws {
        let old = LinkKey(id: "2025", secret: "old")
        let new = LinkKey(id: "2026", secret: "new")
        let text = try Self.values("p", [old]).sign("alice", expires: Self.later)
        #expect(try Self.values("p", [new, old]).verify(text, at: Self.now) == "alice")
        #expect(try Self.values("p", [new]).verify(text, at: Self.now) == nil)
        #expect(try Self.values("p", [new, old]).sign("", expires: Self.later).contains(".2026."))
    }

    @Test("The context may depend on the value, and without a context the value is invalid") func lookUp() throws {
        struct Unavailable: Error {}
        let values = try Self.values()
        let text = values.sign("alice", expires: Self.later, boundTo: "hash of alice")
        #expect(values.verify(text, at: Self.now) { "hash of \($0)" } == "alice")
        #expect(values.verify(text, at: Self.now) { _ in nil } == nil)
        #expect(throws: Unavailable.self) { try values.verify(text, at: Self.now) { _ in throw Unavailable() } }
    }

    @Test("Keys are checked as those of links") func keys() {
        #expect(throws: SignedLinksError.self) { try Self.values("p", []) }
        #expect(throws: SignedLinksError.self) { try Self.values("p", [LinkKey(secret: "")]) }
    }

    private func text(_ code: HMAC<SHA256>.MAC) -> String { "YWxpY2U.1800000060.\(Self.base64(Array(code)))" }

    /// Base 64 for URLs (RFC 4648 §5), computed from the bits.
    private static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
        var bits = bytes.flatMap { byte in (0..<8).map { byte >> (7 - $0) & 1 } }
        while bits.count % 6 != 0 { bits.append(0) }
        return String(
            stride(from: 0, to: bits.count, by: 6).map { start in
                letters[bits[start..<start + 6].reduce(0) { $0 << 1 | Int($1) }]
            })
    }
}

extension String {
    fileprivate func replacingCharacter(at index: Index, with text: String) -> String {
        self[..<index] + text + self[self.index(after: index)...]
    }
}
