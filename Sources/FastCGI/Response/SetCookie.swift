import HTTPTypes

/// A cookie that a response gives to the client (`Set-Cookie`, RFC 6265bis §4.1).
///
/// ```swift
/// var response = Response(status: .seeOther, headerFields: [.location: "/"])
/// response.set(try SetCookie("__Host-session", "5f0c9a", maxAge: .seconds(86_400)))
/// ```
///
/// A value of this type is a cookie that browsers accept. Creating one throws
/// - for a name or a value that browsers refuse or read differently,
/// - for a name that begins with `__Host-` or `__Secure-` if the attributes break its rules,
/// - for `SameSite=None` without `Secure`.
///
/// By default a cookie is sent only with encrypted requests, scripts cannot read it, and other sites' forms do not send it.
public struct SetCookie: Sendable, Hashable {
    /// When a browser sends the cookie with requests that another site has caused.
    public struct SameSite: Sendable, Hashable, CustomStringConvertible {
        /// The value of the attribute.
        public let description: String

        /// Never.
        public static let strict = Self(description: "Strict")
        /// Only when the user follows a link.
        public static let lax = Self(description: "Lax")
        /// Always; the cookie has to be `Secure`.
        public static let none = Self(description: "None")
    }

    /// The name.
    public let name: String

    /// The value of the header field: the name, the value, and the attributes. It contains the cookie's value, which may be a secret.
    public let fieldValue: String

    /// The maximum size in bytes of a name and its value that browsers store (RFC 6265bis §5.6).
    static let largestPair = 4096

    /// The maximum size in bytes of an attribute's value that browsers read (RFC 6265bis §5.6).
    static let largestAttribute = 1024

    /// Creates a cookie.
    ///
    /// - Parameters:
    ///   - name: A token (RFC 9110 §5.6.2). A name that begins with `__Host-` needs `isSecure`, the path `/` and no domain; one that
    ///     begins with `__Secure-` needs `isSecure`.
    ///   - value: Printable ASCII without space, `"`, `,`, `;` and `\`. Encode anything else.
    ///   - maxAge: How long the browser keeps the cookie, in whole seconds; browsers keep none longer than 400 days. `nil` keeps it until
    ///     the browser is closed.
    ///   - path: The path below which the cookie is sent; `nil` for the directory of the request's path.
    ///   - domain: The host to whose subdomains the cookie is sent, too; `nil` for only the host of the request.
    ///   - sameSite: Whether the cookie is sent with requests that another site has caused.
    ///   - isSecure: Whether the cookie is sent only with encrypted requests.
    ///   - isHTTPOnly: Whether scripts cannot read the cookie.
    /// - Throws: ``InvalidCookie``, whose description does not contain the value.
    public init(
        _ name: String, _ value: String, maxAge: Duration? = nil, path: String? = "/", domain: String? = nil,
        sameSite: SameSite = .lax, isSecure: Bool = true, isHTTPOnly: Bool = true
    ) throws(InvalidCookie) {
        func invalid(_ code: InvalidCookie.Code, _ reason: String) -> InvalidCookie {
            InvalidCookie(code: code, name: name, reason: reason)
        }
        guard HTTPField.Name(name) != nil else {
            throw invalid(.name, "the name is not a token; use letters, digits, - and _")
        }
        guard value.utf8.allSatisfy(Self.isValueByte) else {
            throw invalid(.value, "the value has a character that cookies cannot contain; encode it")
        }
        guard name.utf8.count + value.utf8.count <= Self.largestPair else {
            throw invalid(.size, "name and value have more than \(Self.largestPair) bytes; keep the data elsewhere")
        }
        if let maxAge, maxAge < .zero {
            throw invalid(.maxAge, "the age is negative; SetCookie.removing(_:path:domain:isSecure:) removes a cookie")
        }
        if let path, path.utf8.first != UInt8(ascii: "/") || !Self.isAttribute(path) {
            throw invalid(.path, "the path does not begin with / or has a ; or a control character in it")
        }
        if let domain, !Self.isDomain(domain) {
            throw invalid(.domain, "the domain is not a host name; write example.org, without a dot in front")
        }
        if sameSite == .none, !isSecure {
            throw invalid(.sameSite, "SameSite=None needs Secure, or browsers refuse the cookie")
        }
        // Browsers compare these prefixes without regard to case.
        let lowerCaseName = name.lowercased()
        if lowerCaseName.hasPrefix("__secure-"), !isSecure {
            throw invalid(.prefix, "a name that begins with __Secure- needs Secure")
        }
        if lowerCaseName.hasPrefix("__host-"), !isSecure || path != "/" || domain != nil {
            throw invalid(.prefix, "a name that begins with __Host- needs Secure, Path=/ and no Domain")
        }
        self.name = name
        var text = "\(name)=\(value)"
        if let path { text += "; Path=\(path)" }
        if let domain { text += "; Domain=\(domain)" }
        if let maxAge { text += "; Max-Age=\(maxAge.components.seconds)" }
        if isHTTPOnly { text += "; HttpOnly" }
        text += "; SameSite=\(sameSite)"
        if isSecure { text += "; Secure" }
        self.fieldValue = text
    }

    /// A cookie that removes the one of the same name, path and domain from the browser.
    ///
    /// - Parameters:
    ///   - name: The name of the cookie that is removed.
    ///   - path: The path of that cookie.
    ///   - domain: The domain of that cookie.
    ///   - isSecure: Whether that cookie is `Secure`. Browsers ignore a `Secure` cookie from an unencrypted page, and
    ///     would keep the old one.
    /// - Throws: ``InvalidCookie`` for an invalid name, path or domain.
    public static func removing(
        _ name: String, path: String? = "/", domain: String? = nil, isSecure: Bool = true
    ) throws(InvalidCookie) -> SetCookie {
        try SetCookie(name, "", maxAge: .zero, path: path, domain: domain, isSecure: isSecure)
    }

    /// `cookie-octet` of RFC 6265bis §4.1.1.
    private static func isValueByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x2B, 0x2D...0x3A, 0x3C...0x5B, 0x5D...0x7E: true
        default: false
        }
    }

    private static func isAttribute(_ text: String) -> Bool {
        text.utf8.count <= Self.largestAttribute
            && text.utf8.allSatisfy { (0x20...0x7E).contains($0) && $0 != UInt8(ascii: ";") }
            && text.utf8.last != UInt8(ascii: " ")
    }

    private static func isDomain(_ text: String) -> Bool {
        let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return text.utf8.count <= 253
            && labels.allSatisfy { label in
                (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
                    && label.allSatisfy { Self.isLetterOrDigit($0) || $0 == UInt8(ascii: "-") }
            }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }

    /// A cookie that browsers would refuse or read differently.
    public struct InvalidCookie: Error, Sendable, Hashable, CustomStringConvertible {
        /// The rule that the cookie breaks.
        public struct Code: Sendable, Hashable, CustomStringConvertible {
            /// The code's name.
            public let description: String

            /// The name is not a token.
            public static let name = Self(description: "name")
            /// The value has a character that cookies cannot contain.
            public static let value = Self(description: "value")
            /// Name and value are larger than browsers store.
            public static let size = Self(description: "size")
            /// The age is negative.
            public static let maxAge = Self(description: "maxAge")
            /// The path is invalid.
            public static let path = Self(description: "path")
            /// The domain is not a host name.
            public static let domain = Self(description: "domain")
            /// `SameSite=None` without `Secure`.
            public static let sameSite = Self(description: "sameSite")
            /// The name begins with `__Host-` or `__Secure-`, and the attributes break the rules of that prefix.
            public static let prefix = Self(description: "prefix")
        }

        /// The rule that the cookie breaks.
        public let code: Code

        /// The cookie's name.
        public let name: String

        let reason: String

        /// The name and the reason. Never the value, which may be a secret.
        public var description: String { "the cookie \"\(self.name)\" is invalid: \(self.reason)" }
    }
}

extension Response {
    /// Adds a cookie to this response. It replaces a cookie of the same name.
    public mutating func set(_ cookie: SetCookie) {
        let start = "\(cookie.name)="
        let others = self.headerFields[values: .setCookie].filter { !$0.utf8.starts(with: start.utf8) }
        self.headerFields[values: .setCookie] = others + [cookie.fieldValue]
    }

    /// Returns this response with a cookie: `Response(body: "Hello").with(cookie)`.
    public func with(_ cookie: SetCookie) -> Response {
        var response = self
        response.set(cookie)
        return response
    }
}
