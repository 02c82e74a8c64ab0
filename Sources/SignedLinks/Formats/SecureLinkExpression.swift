/// An expression of nginx's `secure_link_md5`, with `{secret}` in place of the secret.
struct SecureLinkExpression: Sendable {
    private enum Part: Equatable {
        case text([UInt8])
        case secret
        case expires
        case uri
        case field(LinkBinding.Field)
    }

    private let parts: [Part]

    /// The fields whose variables the expression contains.
    let fields: Set<LinkBinding.Field>

    private static let variables: [String: Part] = [
        "secure_link_expires": .expires, "uri": .uri, "remote_addr": .field(.clientAddress),
        "remote_user": .field(.user), "request_method": .field(.method),
    ]

    /// Reads an expression. Error messages do not contain it, because it may contain the secret by mistake.
    ///
    /// - Parameters:
    ///   - expression: The value from nginx's configuration, with `{secret}` instead of the secret.
    ///   - expiresArgument: The argument that contains the expiry: many configurations use `$arg_expires` instead of
    ///     `$secure_link_expires`.
    init(_ expression: String, expiresArgument: String) throws(SignedLinksError) {
        let variables = Self.variables.merging(["arg_\(expiresArgument)": .expires]) { $1 }
        var parts: [Part] = []
        var rest = expression[...]
        while let start = rest.firstIndex(where: { $0 == "$" || $0 == "{" }) {
            if start > rest.startIndex { parts.append(.text(Array(rest[..<start].utf8))) }
            rest = rest[start...]
            if rest.hasPrefix("{secret}") {
                parts.append(.secret)
                rest = rest.dropFirst("{secret}".count)
            } else if rest.first == "{" {
                parts.append(.text([UInt8(ascii: "{")]))
                rest = rest.dropFirst()
            } else {
                parts.append(try Self.variable(&rest, of: variables))
            }
        }
        if !rest.isEmpty { parts.append(.text(Array(rest.utf8))) }
        for (part, name, reason) in [
            (Part.secret, "{secret}", "anybody could make links"),
            (.uri, "$uri", "a link would open every file"),
            (.expires, "$secure_link_expires", "a link's expiry could be changed"),
        ] where !parts.contains(part) {
            throw SignedLinksError(
                .invalidExpression, "the expression of nginx secure links has no \(name): \(reason); put it in")
        }
        self.parts = parts
        self.fields = Set(parts.compactMap { if case .field(let field) = $0 { field } else { nil } })
    }

    /// The text of which the MD5 is computed.
    func value(path: LinkPath, expires: Int64, binding: LinkBinding, key: LinkKey) -> [[UInt8]] {
        self.parts.map { part in
            switch part {
            case .text(let text): text
            case .secret: key.secret
            case .expires: Array(String(expires).utf8)
            case .uri: path.absolute
            case .field(let field): Array((binding[field] ?? "").utf8)
            }
        }
    }

    /// Removes a variable from the front of a text that begins with `$`: `$name` or `${name}`, as nginx reads them.
    private static func variable(
        _ text: inout Substring, of variables: [String: Part]
    ) throws(SignedLinksError) -> Part {
        text = text.dropFirst()
        let isBraced = text.first == "{"
        if isBraced { text = text.dropFirst() }
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        text = text.dropFirst(name.count)
        if isBraced {
            guard text.first == "}" else {
                throw SignedLinksError(
                    .invalidExpression, "the expression of nginx secure links has a ${ without a }; close it")
            }
            text = text.dropFirst()
        }
        guard let part = variables[String(name)] else {
            throw SignedLinksError(
                .invalidExpression,
                """
                the expression of nginx secure links has the variable "$\(name)", which is not known here; use \
                \(variables.keys.sorted().map { "$" + $0 }.joined(separator: ", "))
                """)
        }
        return part
    }
}
