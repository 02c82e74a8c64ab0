extension Request {
    /// What a web server wants of a program (FastCGI 1.0 §6).
    public struct Role: Sendable, Hashable, CustomStringConvertible {
        /// The role's name, as FastCGI has it in lower case.
        public let description: String

        /// The answer to the request.
        public static let responder = Self(description: "responder")
        /// Whether the web server may go on with the request.
        public static let authorizer = Self(description: "authorizer")
    }

    /// What the web server wants: requests in the authorizer role go to the server's authorizer, and no others do.
    ///
    /// Besides FastCGI's own role it is the parameter `FCGI_ROLE` with the value `AUTHORIZER`, which nginx sets for its
    /// `auth_request`.
    public var role: Role { self.form == .response ? .responder : .authorizer }

    /// What is asked, and how the answer is understood.
    enum Form: Sendable {
        /// The answer goes to the client.
        case response
        /// FastCGI's authorizer role: status 200 is a permission.
        case authorization
        /// A request as any other, by nginx's `auth_request`, which takes any status of success for a permission.
        case subrequest
        /// A role that nobody knows. Nobody is let in.
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

        /// By the parameter. Where it is there twice and says two things, no handler answers by mistake.
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
