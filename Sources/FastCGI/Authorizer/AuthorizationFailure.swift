/// The reason why an authorizer was not called: the web server is not configured for it, or the program has none.
enum AuthorizationFailure: Error, CustomStringConvertible {
    case noAuthorizer
    case unknownRole(String)
    case noTarget

    var description: String {
        switch self {
        case .noAuthorizer:
            "FCGI_ROLE is \"AUTHORIZER\", but this program has no authorizer: pass one to FastCGIServer, or do not set FCGI_ROLE"
        case .unknownRole(let role):
            "FCGI_ROLE is \"\(role)\", which is neither AUTHORIZER nor RESPONDER: correct the web server's configuration"
        case .noTarget:
            "an authorizer is asked without REQUEST_URI: configure the web server to send it (nginx: fastcgi_param REQUEST_URI $request_uri)"
        }
    }
}
