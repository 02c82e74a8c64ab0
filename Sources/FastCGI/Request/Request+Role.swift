extension Request {
    /// The role in which a web server calls a program (FastCGI 1.0 §6).
    public struct Role: Sendable, Hashable, CustomStringConvertible {
        /// The role's name in FastCGI, in lower case.
        public let description: String

        /// The handler creates the response.
        public static let responder = Self(description: "responder")
        /// The authorizer decides whether the web server may continue with the request.
        public static let authorizer = Self(description: "authorizer")
    }

    /// The role of this request: requests in the authorizer role go to the server's authorizer, and no others do.
    ///
    /// In addition to FastCGI's role, the parameter `FCGI_ROLE` with the value `AUTHORIZER` selects the authorizer,
    /// which nginx sets for its `auth_request`.
    public var role: Role { self.form == .response ? .responder : .authorizer }

    /// The form of a request, which determines the meaning of the response.
    enum Form: Sendable {
        /// The response goes to the client.
        case response
        /// FastCGI's authorizer role: status 200 is a permission.
        case authorization
        /// A subrequest of nginx's `auth_request`, which treats any successful status as a permission.
        case subrequest
        /// An unknown role. Access is denied.
        case unknown

        init(role: UInt16, parameters: Parameters) {
            if role == RequestHead.Role.authorizer.rawValue {
                self = .authorization
            } else if parameters.facts.declareRole {
                self = Self(declared: parameters)
            } else {
                self = .response
            }
        }

        /// Reads the parameter. If it occurs twice with different values, no handler is called by mistake.
        private init(declared parameters: Parameters) {
            let other = parameters.all.first { $0.name == "FCGI_ROLE" && $0.value != "RESPONDER" }
            switch other?.value {
            case nil: self = .response
            case "AUTHORIZER": self = .subrequest
            default: self = .unknown
            }
        }
    }
}
