import SendfileBasics

/// `/path?md5=…&expires=…`, as nginx's `secure_link` and `secure_link_md5` read it.
struct SecureLinkScheme: LinkScheme {
    private let expression: SecureLinkExpression
    private let signatureArgument: String
    private let expiresArgument: String

    init(expression: String, signatureArgument: String, expiresArgument: String) throws(SignedLinksError) {
        for name in [signatureArgument, expiresArgument] {
            guard !name.isEmpty, name.utf8.allSatisfy(PercentEncoding.isUnreserved) else {
                throw SignedLinksError(
                    .invalidExpression,
                    """
                    an argument of nginx secure links is named "\(PercentEncoding.text(name.utf8))"; use letters, \
                    digits and _
                    """)
            }
        }
        guard signatureArgument != expiresArgument else {
            throw SignedLinksError(
                .invalidExpression,
                "both arguments of nginx secure links are named \"\(expiresArgument)\"; use two names")
        }
        self.expression = try SecureLinkExpression(expression, expiresArgument: expiresArgument)
        self.signatureArgument = signatureArgument
        self.expiresArgument = expiresArgument
    }

    var allowedFields: Set<LinkBinding.Field> { self.expression.fields }
    var requiredFields: Set<LinkBinding.Field> { self.expression.fields }
    let allowsName = false

    func link(
        to path: LinkPath, name: String?, expires: Int64, binding: LinkBinding, key: LinkKey
    ) throws(SignedLinksError) -> String {
        guard UnixTime.tenDigits.contains(expires) else {
            throw SignedLinksError(
                .invalidExpiry, "the expiry of a link is \(expires); give seconds since 1970, a number of ten digits")
        }
        let signature = Signature.md5(
            self.expression.value(path: path, expires: expires, binding: binding, key: key))
        let arguments = "\(self.signatureArgument)=\(Base64.url.encode(signature))&\(self.expiresArgument)=\(expires)"
        return "/\(path.encoded)?\(arguments)"
    }

    func read(path: [UInt8], query: [UInt8]) throws(LinkFlaw) -> LinkClaim {
        let arguments = QueryArguments(query)
        guard var text = try arguments.value(of: self.signatureArgument) else { throw LinkFlaw.missingSignature }
        // nginx accepts the padding, too.
        if text.count == 24, text.hasPadding { text.removeLast(2) }
        guard let signature = Base64.url.decode(text), signature.count == 16 else {
            throw LinkFlaw.malformed("\(self.signatureArgument) is not 22 characters of base64url")
        }
        // If an expression has the expiry directly after the path, digits could otherwise be moved from one to the
        // other.
        guard let expires = try arguments.value(of: self.expiresArgument).flatMap(UnixTime.decimal),
            UnixTime.tenDigits.contains(expires)
        else { throw LinkFlaw.malformed("\(self.expiresArgument) is not a time of ten digits") }
        return LinkClaim(
            path: try LinkPath(requested: path), time: expires, expires: expires, signature: signature)
    }

    func isSigned(_ claim: LinkClaim, binding: LinkBinding, by key: LinkKey) -> Bool {
        let value = self.expression.value(path: claim.path, expires: claim.time, binding: binding, key: key)
        return ByteComparison.areEqual(claim.signature, Signature.md5(value))
    }
}

extension [UInt8] {
    fileprivate var hasPadding: Bool { self.suffix(2) == [UInt8(ascii: "="), UInt8(ascii: "=")] }
}
