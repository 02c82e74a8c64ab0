import Glibc
public import HTTPTypes
package import Logging
public import Sendfile
import SendfileBasics

/// A request that a web server passed on over FastCGI.
///
/// All of its content is copied: a request may be kept after it has been answered.
public struct Request: Sendable, SendfileRequest {
    /// The request's properties behind one reference: see the article Architecture.
    private final class Storage: Sendable {
        let id: UInt64
        let parameters: Parameters
        let body: RequestBody
        let origin: RequestOrigin?
        let form: Form
        let hidesRange: Bool

        init(
            id: UInt64, form: Form, parameters: Parameters, body: RequestBody, origin: RequestOrigin?, hidesRange: Bool
        ) {
            self.id = id
            self.form = form
            self.parameters = parameters
            self.body = body
            self.origin = origin
            self.hidesRange = hidesRange
        }
    }

    private let storage: Storage

    /// A number that is unique in this process; it is in every log line about the request.
    public var id: UInt64 { self.storage.id }

    /// All FastCGI parameters by name.
    public var parameters: Parameters { self.storage.parameters }

    /// The body, which may still be arriving.
    public var body: RequestBody { self.storage.body }

    /// The server that runs the handler, for the handler's log and for the status response.
    var origin: RequestOrigin? { self.storage.origin }

    /// The form of the request, which determines the meaning of the response.
    var form: Form { self.storage.form }

    /// Creates a request, to call a handler or an authorizer without a web server.
    public init(id: UInt64 = 0, role: Role = .responder, parameters: Parameters, body: RequestBody = .init()) {
        self.init(
            id: id, form: role == .responder ? .response : .authorization, parameters: parameters, body: body,
            origin: nil)
    }

    /// - Parameter hidesRange: Whether a range of the client's was removed from the parameters.
    init(
        id: UInt64, form: Form, parameters: Parameters, body: RequestBody, origin: RequestOrigin?,
        hidesRange: Bool = false
    ) {
        self.storage = Storage(
            id: id, form: form, parameters: parameters, body: body, origin: origin, hidesRange: hidesRange)
    }

    /// The request method (`REQUEST_METHOD`); `GET` if it is missing or not a token.
    public var method: HTTPRequest.Method {
        let method = self.parameters.withValue(of: "REQUEST_METHOD") { value -> HTTPRequest.Method? in
            if Self.isEqual(value, "GET") { return .get }
            if Self.isEqual(value, "HEAD") { return .head }
            return HTTPRequest.Method(String(decoding: value, as: UTF8.self))
        }
        return (method ?? nil) ?? .get
    }

    private static func isEqual(_ value: UnsafeRawBufferPointer, _ text: StaticString) -> Bool {
        value.count == text.utf8CodeUnitCount && memcmp(value.baseAddress!, text.utf8Start, value.count) == 0
    }

    /// The path as the client sent it, percent-encoded and without the query (`REQUEST_URI`).
    ///
    /// For a target that is not a path (`http://host/a`, RFC 9112 §3.2.2, which Apache and Caddy pass on unchanged),
    /// and without `REQUEST_URI`, this is the web server's interpretation of it, encoded again: `SCRIPT_NAME` and
    /// `PATH_INFO`.
    public var rawPath: String {
        guard self.targetIsPath else {
            return String(decoding: PercentEncoding.encodePath(self.pathByServer), as: UTF8.self)
        }
        return self.targetPath ?? ""
    }

    /// The path, percent-decoded once; bytes that are not UTF-8 are replaced by U+FFFD. See ``pathBytes``.
    ///
    /// A path that web servers interpret differently is refused with 404 before a handler is called, and with 400
    /// before an authorizer is called: one with `.` or `..` as a component, with an encoded slash (`%2F`), `#` or NUL.
    ///
    /// In the authorizer role, repeated slashes are merged, because the web server that finds the file does the same.
    public var path: String { String(decoding: self.pathBytes, as: UTF8.self) }

    /// The path, percent-decoded once, as bytes.
    public var pathBytes: [UInt8] {
        let path = self.targetIsPath ? PercentEncoding.decode((self.targetPath ?? "").utf8) : self.pathByServer
        return self.form == .response ? path : Self.mergingSlashes(path)
    }

    private var targetIsPath: Bool {
        switch self.parameters.facts.target {
        case .path, .ambiguousPath: true
        case .absent, .other: false
        }
    }

    /// The target as the client sent it, without the query; `nil` if the web server does not send it.
    private var targetPath: String? {
        self.parameters.withValue(of: "REQUEST_URI") { target in
            guard let start = target.baseAddress else { return "" }
            let mark = memchr(start, Int32(UInt8(ascii: "?")), target.count)
            let count = mark.map { UnsafeRawPointer($0) - start } ?? target.count
            return String(decoding: UnsafeRawBufferPointer(start: start, count: count), as: UTF8.self)
        }
    }

    /// The path for the log: the target as the client sent it, in any form, without the query.
    var loggedPath: String { self.targetPath ?? self.rawPath }

    /// The path as the web server interprets it. It has decoded these two parameters already (RFC 3875 §4.1.5 and
    /// §4.1.13).
    var pathByServer: [UInt8] {
        (self.parameters.bytes("SCRIPT_NAME") ?? []) + (self.parameters.bytes("PATH_INFO") ?? [])
    }

    private static func mergingSlashes(_ path: [UInt8]) -> [UInt8] {
        var merged: [UInt8] = []
        for byte in path where byte != UInt8(ascii: "/") || merged.last != byte { merged.append(byte) }
        return merged
    }

    /// The query as the client sent it, without the `?`; `nil` if there is none.
    public var query: String? {
        // Bytes are searched, because a `?` and an accent behind it are one `Character`.
        if self.targetIsPath, let target = self.parameters["REQUEST_URI"] {
            guard let mark = target.utf8.firstIndex(of: UInt8(ascii: "?")) else { return nil }
            return String(Substring(target.utf8[mark...].dropFirst()))
        }
        return self.parameters["QUERY_STRING"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The client's header fields, created from the `HTTP_` parameters, `CONTENT_TYPE` and `CONTENT_LENGTH`.
    ///
    /// They are created at each call; use ``fieldValue(_:)`` for a single field.
    public var headerFields: HTTPFields { self.parameters.clientFields }

    /// The value of one of the client's header fields, or `nil`.
    public func fieldValue(_ name: HTTPField.Name) -> String? {
        switch name {
        case .contentType: return self.parameters["CONTENT_TYPE"].flatMap { $0.isEmpty ? nil : $0 }
        case .contentLength: return self.parameters["CONTENT_LENGTH"].flatMap { $0.isEmpty ? nil : $0 }
        default: return self.parameters.fieldValue(name.canonicalName)
        }
    }

    /// A parameter set by the web server's configuration; `nil` for names that begin with `HTTP_`, which a client
    /// controls.
    public func serverParameter(_ name: String) -> String? {
        name.hasPrefix("HTTP_") ? nil : self.parameters[name]
    }

    /// The cookies that the client sent, in one `Cookie` line or several.
    public var cookies: Cookies { Cookies(self.parameters["HTTP_COOKIE"]) }

    /// The client's address (`REMOTE_ADDR`).
    public var remoteAddress: String? { self.parameters["REMOTE_ADDR"] }

    /// The client's port (`REMOTE_PORT`).
    public var remotePort: UInt16? { self.parameters["REMOTE_PORT"].flatMap { UInt16($0) } }

    /// The user that the web server has authenticated (`REMOTE_USER`).
    ///
    /// Two servers may send a name that they have not verified: HAProxy by default (<doc:HAProxy>), and nginx if
    /// `$remote_user` is sent without `auth_basic` (<doc:Nginx>).
    ///
    /// `nil` if an authorizer is asked to authenticate the user (Apache's authenticators, which also send a password):
    /// the name is then only the client's claim, see ``basicCredentials``.
    public var remoteUser: String? {
        if self.form != .response, self.parameters["REMOTE_PASSWD"] != nil { return nil }
        return self.parameters["REMOTE_USER"].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `https` or `http` (`HTTPS`, otherwise `REQUEST_SCHEME`).
    ///
    /// `HTTPS` has precedence: behind a TLS proxy, Apache can be configured to set it (`SetEnvIfExpr`), while its
    /// `REQUEST_SCHEME` is always `http`.
    public var scheme: String {
        switch self.parameters["HTTPS"] {
        case nil, "", "off": self.parameters["REQUEST_SCHEME"].flatMap { $0.isEmpty ? nil : $0 } ?? "http"
        default: "https"
        }
    }

    /// The web server's name and version (`SERVER_SOFTWARE`).
    public var serverSoftware: String? { self.parameters["SERVER_SOFTWARE"] }

    /// The beginning of the path, which names the program, decoded by the web server (`SCRIPT_NAME`).
    public var scriptName: String { self.parameters["SCRIPT_NAME"] ?? "" }

    /// The rest of the path after the program's name, decoded by the web server (`PATH_INFO`).
    public var pathInfo: String? { self.parameters["PATH_INFO"] }
}

extension Request {
    /// Makes the response from a decision about a file or an object.
    public func answer(_ decision: FileResponse) -> Response { Response(decision) }
}

extension Request: InspectedRequest {
    package var mayHaveSettings: Bool { self.parameters.facts.haveSettings }

    package var mayHaveConditions: Bool { self.parameters.facts.haveConditions }

    package var hidesRange: Bool { self.storage.hidesRange }

    package var logMetadata: Logger.Metadata { ["request": "\(self.id)"] }
}
