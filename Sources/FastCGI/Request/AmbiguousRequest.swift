import HTTPTypes
import Logging
import Sendfile
import SendfileBasics

/// Why a request is answered without the handler or the authorizer: the web server in front may read it in another way than this
/// program, and so may have allowed something else.
enum AmbiguousRequest: ResponseError, CustomStringConvertible {
    /// The web server sends a parameter twice, with two values.
    case parameter(String)
    /// The target is not a path, and the web server does not say which path it took it for; or an authorizer is asked about it.
    case target(Request.Form)
    /// See ``RequestTarget/ambiguousPath``.
    case path(Request.Form)

    var status: HTTPResponse.Status {
        switch self {
        // These two are header fields of the client's. Any other parameter is the configuration's, and no client can help it.
        case .parameter("CONTENT_LENGTH"), .parameter("CONTENT_TYPE"): .badRequest
        case .parameter: .internalServerError
        case .target: .badRequest
        // As Apache answers by default, and as the Sendfile library does for a file that is not there.
        case .path(.response): .notFound
        case .path: .badRequest
        }
    }

    var description: String {
        switch self {
        case .parameter(let name):
            "the web server sends \(name) twice, with two values: leave one of them (in nginx a fastcgi_param beside "
                + "\"include fastcgi_params;\", which has one of this name)"
        case .target(.response):
            "the target does not begin with \"/\", and the web server says no path for it (SCRIPT_NAME, PATH_INFO)"
        case .target: "the target does not begin with \"/\", and an authorizer cannot judge it"
        case .path:
            "the path has \".\", \"..\", an encoded slash, \"#\" or NUL in it, which web servers read in more than one way"
        }
    }

    /// The line for the log: the configuration is at fault, or the client.
    var logLevel: Logger.Level {
        if case .parameter = self, self.status == .internalServerError { return .error }
        return .info
    }
}

extension Request {
    /// Why no handler and no authorizer may see this request; `nil` for nearly every one.
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
