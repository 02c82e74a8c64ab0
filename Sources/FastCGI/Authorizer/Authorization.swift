public import HTTPTypes

/// An authorizer's decision about a request: the web server continues, or the client receives a response.
///
/// ```swift
/// @Sendable func decide(_ request: Request) async throws -> Authorization {
///     let sessions = ["5f0c9a": "alice"]
///     guard let user = sessions[request.cookies["session"] ?? ""] else {
///         return .deny(Response(status: .seeOther, headerFields: [.location: "/login"]))
///     }
///     return try .allow(variables: ["USER": user])
/// }
///
/// let server = FastCGIServer(authorizer: decide) { _ in Response(status: .notFound) }
/// ```
public struct Authorization: Sendable {
    /// The two kinds of decision.
    enum Decision {
        case allow(HTTPFields)
        case deny(Response)
    }

    let decision: Decision
    /// The original status of a denial that would have permitted access; it was changed to 403.
    let mistakenStatus: HTTPResponse.Status?

    private init(_ decision: Decision, mistakenStatus: HTTPResponse.Status? = nil) {
        self.decision = decision
        self.mistakenStatus = mistakenStatus
    }

    /// The web server continues with the request.
    public static let allow = Authorization(.allow([:]))

    /// The web server continues with the request and passes these variables to the application (FastCGI 1.0 §6.3).
    ///
    /// An application behind the authorizer receives each of them as a variable: as a FastCGI parameter or in its
    /// environment. In nginx, `auth_request_set` reads them: `$upstream_http_variable_user` is `USER`. Apache's
    /// mod_fcgid also sends them to the client, as header fields (`Variable-USER`).
    ///
    /// - Parameter variables: The values by name. A name consists of upper-case letters, digits and `_`, and does not
    ///   begin with a digit.
    /// - Throws: ``InvalidVariable`` if a name is invalid, or if a value contains a control character or a space at an
    ///   end, which would change the value. If an authorizer throws it, access is denied.
    public static func allow(variables: [String: String]) throws(InvalidVariable) -> Authorization {
        var fields = HTTPFields()
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            guard let field = HTTPField.Name("Variable-\(name)"), Self.isName(name) else {
                throw InvalidVariable(name: name, reason: .name)
            }
            guard Self.isValue(value) else { throw InvalidVariable(name: name, reason: .value) }
            fields.append(HTTPField(name: field, value: value))
        }
        return Authorization(.allow(fields))
    }

    /// Denies the request with this response.
    ///
    /// - Parameter response: The response, with a status that denies access. A status between 100 and 299, including
    ///   the default of `Response`, becomes 403, with a log message.
    public static func deny(_ response: Response = Response(status: .forbidden)) -> Authorization {
        // Any status that is neither an error nor a redirect is a permission for some web server.
        guard response.status.code >= 300 else {
            return Authorization(.deny(.plain(.forbidden)), mistakenStatus: response.status)
        }
        return Authorization(.deny(response))
    }

    /// Asks the client for a name and a password (401, RFC 7617); see ``Request/basicCredentials``.
    ///
    /// - Parameter realm: The purpose of the credentials, as displayed by a browser.
    public static func challenge(realm: String) -> Authorization {
        var quoted = ""
        for scalar in realm.unicodeScalars where scalar.value >= 0x20 && scalar.value != 0x7F {
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            quoted.unicodeScalars.append(scalar)
        }
        var response = Response.plain(.unauthorized)
        response.headerFields[.wwwAuthenticate] = "Basic realm=\"\(quoted)\", charset=\"UTF-8\""
        return .deny(response)
    }

    /// A variable that cannot be passed on.
    public struct InvalidVariable: Error, CustomStringConvertible {
        enum Reason { case name, value }

        /// The name of the variable.
        public let name: String
        let reason: Reason

        public var description: String {
            switch self.reason {
            case .name:
                "\"\(self.name)\" is not a valid variable name; use A to Z, 0 to 9 and _, and no digit first"
            // Do not show the value, which is a user's or a secret.
            case .value:
                "the value of the variable \(self.name) contains a control character or a space at an end; encode it"
            }
        }
    }

    private static func isName(_ name: String) -> Bool {
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let first = name.utf8.first, !digits.contains(first) else { return false }
        return name.utf8.allSatisfy { letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_") }
    }

    private static func isValue(_ value: String) -> Bool {
        value.utf8.first != UInt8(ascii: " ") && value.utf8.last != UInt8(ascii: " ")
            && value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }
}
