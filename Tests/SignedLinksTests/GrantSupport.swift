import Crypto
import SendfileBasics
import SignedLinks

/// The time of the tests of grants.
let grantTime = LinkTime(secondsSince1970: expiry - 60)

extension SignedGrants {
    static var test: SignedGrants { get throws { try SignedGrants(keys: [.test]) } }
}

extension Grant {
    init(_ pattern: String) { self.init(pattern, expires: LinkTime(secondsSince1970: expiry)) }
}

extension GrantRequest {
    /// A web server's view of a link.
    init(link: some Sequence<UInt8>) {
        let request = LinkRequest(link)
        self.init(path: request.path, query: request.query)
    }

    init(link: String) { self.init(link: link.utf8) }

    /// A request with cookies.
    init(_ path: String, cookies: String...) {
        self.init(path: path)
        self.cookies = cookies
    }
}

/// Tokens of other programs, signed as the article Grants specifies.
enum SignedText {
    /// A token with these bytes as its fields.
    static func token(_ fields: [UInt8], secret: String = "s3cr3t", key: String = "k1") -> String {
        let signed = "2.\(Base64.url.encode(fields)).\(key)"
        return "\(signed).\(self.signature(of: "sendfile-grant-v2\0\(signed)", secret))"
    }

    static func token(_ fields: String...) -> String {
        self.token(Array(fields.map { "\($0)\0" }.joined().utf8))
    }

    static func signature(of message: String, _ secret: String) -> String {
        let key = SymmetricKey(data: Array(secret.utf8))
        return Base64.url.encode(HMAC<SHA256>.authenticationCode(for: Array(message.utf8), using: key))
    }
}
