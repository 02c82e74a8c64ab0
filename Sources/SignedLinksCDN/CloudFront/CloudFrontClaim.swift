import SendfileBasics
import SignedLinks

/// The parameters of a signed URL, or the values of signed cookies, that have not been verified.
struct CloudFrontClaim {
    enum Terms {
        /// The expiry of a canned policy, which contains the request's URL and is not in the request.
        case canned(expires: String)
        /// A custom policy.
        case custom([UInt8])
    }

    private enum Name: String, CaseIterable {
        case policy = "Policy"
        case expires = "Expires"
        case signature = "Signature"
        case keyPairID = "Key-Pair-Id"
        case hashAlgorithm = "Hash-Algorithm"

        var cookie: String { "CloudFront-\(self.rawValue)" }
    }

    /// The parameters, which are not part of the signed URL.
    static let parameters = Name.allCases.map(\.rawValue)

    static let cookies = Name.allCases.map(\.cookie)

    /// The most bytes of a value. CloudFront accepts URLs of 8,192 bytes.
    static let longest = 8_192

    /// The most sets of cookies of one request that are verified. Browsers send those with the longest path first.
    private static let mostCookies = 5

    let terms: Terms
    let keyID: String
    let signature: [UInt8]
    let hash: CloudFrontKey.Hash
    let place: GrantPlace
    /// The signature as it was sent.
    let token: String

    /// The claims of a request, of which one has to be valid. Cookies count only if the URL is not signed.
    static func all(in request: CDNRequest) throws(LinkFlaw) -> [Self] {
        let arguments = QueryArguments(Array(request.query.utf8))
        var values: [Name: String] = [:]
        for name in Name.allCases {
            guard let value = try arguments.value(of: name.rawValue) else { continue }
            values[name] = String(decoding: value, as: UTF8.self)
        }
        if values[.signature] != nil || values[.policy] != nil || values[.keyPairID] != nil {
            return [try Self(values, .query)]
        }
        return try Self.inCookies(request)
    }

    /// Browsers send the cookies of one name in the order of their paths. A site that sets them for several paths sets policy and signature
    /// for each, and may set the others for the shortest path alone.
    private static func inCookies(_ request: CDNRequest) throws(LinkFlaw) -> [Self] {
        func cookies(_ name: Name) -> [String] { request.cookies[name.cookie] ?? [] }
        var claims: [Self] = []
        var flaw: LinkFlaw?
        for index in cookies(.signature).indices.prefix(Self.mostCookies) {
            var values: [Name: String] = [:]
            for name in Name.allCases {
                let all = cookies(name)
                values[name] = index < all.count ? all[index] : all.last
            }
            // Each of the two is signed by itself.
            for other in [Name.expires, .policy] {
                var single = values
                single[other] = nil
                guard single[.expires] != nil || single[.policy] != nil else { continue }
                do throws(LinkFlaw) {
                    claims.append(try Self(single, .cookie))
                } catch {
                    flaw = error
                }
            }
        }
        if claims.isEmpty, let flaw { throw flaw }
        return claims
    }

    private init(_ values: [Name: String], _ place: GrantPlace) throws(LinkFlaw) {
        for name in Name.allCases where values[name]?.utf8.count ?? 0 > Self.longest {
            throw LinkFlaw.malformed("\(name.rawValue) is longer than \(Self.longest) bytes")
        }
        guard let keyID = values[.keyPairID], CloudFrontKey.isID(keyID.utf8) else {
            throw LinkFlaw.malformed("it has no Key-Pair-Id")
        }
        guard let text = values[.signature], let signature = Self.decode(text), !signature.isEmpty else {
            throw LinkFlaw.malformed("it has no Signature in CloudFront's base 64")
        }
        switch (values[.policy], values[.expires]) {
        case (let policy?, nil):
            guard let bytes = Self.decode(policy) else {
                throw LinkFlaw.malformed("Policy is not in CloudFront's base 64")
            }
            self.terms = .custom(bytes)
        case (nil, let expires?):
            guard UnixTime.decimal(Array(expires.utf8)) != nil else {
                throw LinkFlaw.malformed("Expires is not a number of seconds")
            }
            self.terms = .canned(expires: expires)
        default: throw LinkFlaw.malformed("it has not one Policy or Expires")
        }
        self.hash = try CloudFrontKey.Hash(values[.hashAlgorithm])
        self.keyID = keyID
        self.signature = signature
        self.place = place
        self.token = text
    }

    /// Decodes base 64 with the characters `-`, `_` and `~` in place of `+`, `=` and `/`, which have other meanings in a URL.
    private static func decode(_ text: String) -> [UInt8]? {
        Base64.standard.decode(
            text.utf8.map { character in
                switch character {
                case UInt8(ascii: "-"): UInt8(ascii: "+")
                case UInt8(ascii: "_"): UInt8(ascii: "=")
                case UInt8(ascii: "~"): UInt8(ascii: "/")
                // Not characters of this alphabet.
                case UInt8(ascii: "+"), UInt8(ascii: "="), UInt8(ascii: "/"): 0
                default: character
                }
            })
    }
}
