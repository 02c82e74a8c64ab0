public import HTTPTypes

/// What an authorizer decides about a request: the web server goes on with it, or the client gets an answer.
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
    /// The two ways in which it can go.
    enum Decision {
        case allow(HTTPFields)
        case deny(Response)
    }

    let decision: Decision
    /// The status of a denial that would have let the client in; it has become 403.
    let mistakenStatus: HTTPResponse.Status?

    private init(_ decision: Decision, mistakenStatus: HTTPResponse.Status? = nil) {
        self.decision = decision
        self.mistakenStatus = mistakenStatus
    }

    /// The web server goes on with the request.
    public static let allow = Authorization(.allow([:]))

    /// The web server goes on with the request and tells whoever answers it what is said here (FastCGI 1.0 §6.3).
    ///
    /// An application behind finds each of them among its own variables: as a FastCGI parameter or in its environment. Behind
    /// nginx, `auth_request_set` takes them: `$upstream_http_variable_user` is `USER`. Apache's mod_fcgid shows them to the client
    /// as well, as header fields (`Variable-USER`).
    ///
    /// - Parameter variables: by name. A name has upper-case letters, digits and `_`, and does not begin with a digit.
    /// - Throws: ``InvalidVariable`` if a name is another one, or if a value has a control character in it or a blank at an end:
    ///   it would arrive as another value. Thrown from an authorizer, it lets nobody in.
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

    /// The client gets this answer.
    ///
    /// - Parameter response: with a status that lets nobody in. A status between 100 and 299, which is what `Response` has if
    ///   nothing is said, becomes 403, and the log says so.
    public static func deny(_ response: Response = Response(status: .forbidden)) -> Authorization {
        // What is no error and no redirect is a permission to some web server.
        guard response.status.code >= 300 else {
            return Authorization(.deny(.plain(.forbidden)), mistakenStatus: response.status)
        }
        return Authorization(.deny(response))
    }

    /// The client is asked for a name and a password (401, RFC 7617); see ``Request/basicCredentials``.
    ///
    /// - Parameter realm: what they are for, as a browser shows it.
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

    /// A variable that cannot be handed on.
    public struct InvalidVariable: Error, CustomStringConvertible {
        enum Reason { case name, value }

        /// Its name.
        public let name: String
        let reason: Reason

        public var description: String {
            switch self.reason {
            case .name:
                "\"\(self.name)\" is no name of a variable for the application; use A to Z, 0 to 9 and _, and no digit first"
            // The value is a user's, or a secret.
            case .value:
                "the value of the variable \(self.name) has a control character in it or a blank at an end; encode it"
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
