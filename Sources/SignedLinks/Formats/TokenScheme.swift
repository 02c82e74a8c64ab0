import Crypto
import SendfileBasics

/// Links with a token and their creation time before the path: those of WSGI X-Sendfile, mod_auth_token and
/// mod_secdownload.
struct TokenScheme: LinkScheme {
    enum Variant {
        case wsgiXSendfile
        case modAuthToken
        case secdownload(LinkFormat.SecdownloadAlgorithm)
    }

    private let variant: Variant
    private let timeout: Int64

    init(_ variant: Variant, timeout: Int64) {
        self.variant = variant
        self.timeout = timeout
    }

    /// `AuthTokenLimitByIp` is the only binding that any of the three supports.
    var allowedFields: Set<LinkBinding.Field> {
        if case .modAuthToken = self.variant { [.clientAddress] } else { [] }
    }

    let requiredFields: Set<LinkBinding.Field> = []
    let allowsName = false

    func link(
        to path: LinkPath, name: String?, expires: Int64, binding: LinkBinding, key: LinkKey
    ) throws(SignedLinksError) -> String {
        let (time, overflow) = expires.subtractingReportingOverflow(self.timeout)
        guard !overflow, UnixTime.hexadecimalRange.contains(time) else {
            throw SignedLinksError(
                .invalidExpiry,
                """
                a link that expires at \(expires) and is valid for \(self.timeout) s would be made at a time that is not of eight \
                hexadecimal digits; give an expiry in seconds since 1970, not before the timeout
                """)
        }
        let signature = self.signature(path: path, time: time, binding: binding, key: key)
        let token = self.isHexadecimal ? Hexadecimal.encode(signature) : Base64.url.encode(signature)
        return "/\(token)\(self.separator)\(String(time, radix: 16))/\(path.encoded)"
    }

    func read(path: [UInt8], query: [UInt8]) throws(LinkFlaw) -> LinkClaim {
        let text = path.first == UInt8(ascii: "/") ? path.dropFirst() : path[...]
        let token = text.prefix(self.tokenLength)
        let rest = text.dropFirst(self.tokenLength)
        guard token.count == self.tokenLength, rest.first == UInt8(ascii: self.separator),
            rest.dropFirst(9).first == UInt8(ascii: "/")
        else { throw LinkFlaw.missingSignature }
        guard let signature = self.isHexadecimal ? self.hexadecimal(token) : Base64.url.decode(token) else {
            throw LinkFlaw.malformed("the token is not of the right characters")
        }
        guard let time = UnixTime.hexadecimal(rest.dropFirst().prefix(8)) else {
            throw LinkFlaw.malformed("the time is not of eight hexadecimal digits")
        }
        // A second slash is part of the path and makes a component empty: it is not skipped like a request's leading
        // slash.
        guard rest.dropFirst(10).first != UInt8(ascii: "/") else {
            throw LinkFlaw.malformed("the path has an empty component")
        }
        let (end, overflow) = time.addingReportingOverflow(self.timeout)
        var claim = LinkClaim(
            path: try LinkPath(requested: rest.dropFirst(10)), time: time, expires: overflow ? .max : end,
            signature: signature)
        // Of the three, lighttpd alone refuses a clock that is ahead.
        if case .secdownload = self.variant { claim.notBefore = max(0, time - min(self.timeout, time)) }
        return claim
    }

    func isSigned(_ claim: LinkClaim, binding: LinkBinding, by key: LinkKey) -> Bool {
        let expected = self.signature(path: claim.path, time: claim.time, binding: binding, key: key)
        return ByteComparison.areEqual(claim.signature, expected)
    }

    private func signature(path: LinkPath, time: Int64, binding: LinkBinding, key: LinkKey) -> [UInt8] {
        let time = Array(String(time, radix: 16).utf8)
        switch self.variant {
        case .wsgiXSendfile:
            return Signature.md5([key.secret, path.bytes, time])
        case .modAuthToken:
            return Signature.md5([key.secret, path.absolute, time, Array((binding.clientAddress ?? "").utf8)])
        case .secdownload(.md5):
            return Signature.md5([key.secret, path.absolute, time])
        case .secdownload(.hmacSHA1):
            return Signature.hmac(Insecure.SHA1.self, Self.protectedPath(path, time: time), key: key)
        case .secdownload(.hmacSHA256):
            return Signature.hmac(SHA256.self, Self.protectedPath(path, time: time), key: key)
        }
    }

    /// The protected path in lighttpd's terms: everything after the token.
    private static func protectedPath(_ path: LinkPath, time: [UInt8]) -> [UInt8] {
        [UInt8(ascii: "/")] + time + path.absolute
    }

    /// The separator between the token and the time.
    private var separator: Unicode.Scalar {
        if case .wsgiXSendfile = self.variant { "-" } else { "/" }
    }

    private var tokenLength: Int {
        switch self.variant {
        case .wsgiXSendfile, .modAuthToken, .secdownload(.md5): 32
        case .secdownload(.hmacSHA1): 27
        case .secdownload(.hmacSHA256): 43
        }
    }

    private var isHexadecimal: Bool { self.tokenLength == 32 }

    /// mod_auth_token and lighttpd accept upper-case digits, too; WSGI X-Sendfile does not.
    private func hexadecimal(_ token: ArraySlice<UInt8>) -> [UInt8]? {
        if case .wsgiXSendfile = self.variant,
            token.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0) })
        {
            return nil
        }
        return Hexadecimal.decode(token)
    }
}
