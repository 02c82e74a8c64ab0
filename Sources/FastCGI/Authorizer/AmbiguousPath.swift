import HTTPTypes

/// A path that the web server may understand in another way than an authorizer; becomes status 400.
///
/// Authorizers are told the path as the client sent it. With `.` or `..` in it, percent-encoded or not, it names another file than
/// it seems to. Clients resolve these before they send a request (RFC 3986 §5.2.4). Nor do they send a fragment (RFC 9112 §3.2):
/// to nginx the file's name ends before the `#`.
struct AmbiguousPath: ResponseError, CustomStringConvertible {
    var status: HTTPResponse.Status { .badRequest }
    var description: String { "the path has \".\", \"..\", \"#\" or NUL in it, and an authorizer cannot judge it" }

    /// Whether a percent-decoded path is one.
    static func isAmbiguous(_ path: [UInt8]) -> Bool {
        path.contains(0)
            || path.split(separator: UInt8(ascii: "/")).contains {
                $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8)
            }
    }
}
