import HTTPTypes
import Logging
import Sendfile
import SendfileBasics

/// The reason why a request is answered without the handler or the authorizer: the web server in front may interpret it
/// differently and may therefore have permitted something else.
enum AmbiguousRequest: ResponseError, CustomStringConvertible {
    /// The web server sends a parameter twice, with different values.
    case parameter(String)
    /// The target is not a path, and the web server does not send the path that it used; or the request is for an
    /// authorizer.
    case target(Request.Form)
    /// See ``RequestTarget/ambiguousPath``.
    case path(Request.Form)

    var status: HTTPResponse.Status {
        switch self {
        // These two are header fields of the client. All other parameters come from the web server's configuration.
        case .parameter("CONTENT_LENGTH"), .parameter("CONTENT_TYPE"): .badRequest
        case .parameter: .internalServerError
        case .target: .badRequest
        // The same status as Apache's default, and as the Sendfile library's for a missing file.
        case .path(.response): .notFound
        case .path: .badRequest
        }
    }

    var description: String {
        switch self {
        case .parameter(let name):
            "the web server sends \(name) twice, with two values: remove one of them (in nginx a fastcgi_param beside "
                + "\"include fastcgi_params;\", which has one of this name)"
        case .target(.response):
            "the target does not begin with \"/\", and the web server sends no path for it (SCRIPT_NAME, PATH_INFO)"
        case .target: "the target does not begin with \"/\", so an authorizer cannot decide about it"
        case .path:
            "the path contains \".\", \"..\", an encoded slash, \"#\" or NUL, which web servers interpret differently"
        }
    }

    /// The log level: the cause is either the configuration or the client.
    var logLevel: Logger.Level {
        if case .parameter = self, self.status == .internalServerError { return .error }
        return .info
    }
}

extension Request {
    /// The reason to refuse this request, if any.
    var ambiguity: AmbiguousRequest? {
        let facts = self.parameters.facts
        if facts.target == .path, facts.contradictedName == nil { return nil }
        if let name = facts.contradictedName { return .parameter(self.parameters.name(at: name).printable) }
        switch facts.target {
        case .path: return nil
        case .ambiguousPath: return .path(self.form)
        case .other where self.form != .response: return .target(self.form)
        case .absent, .other:
            let path = self.pathByServer
            if facts.target == .other, path.first != UInt8(ascii: "/") { return .target(self.form) }
            return PathComponent.hasDots(path) ? .path(self.form) : nil
        }
    }
}
