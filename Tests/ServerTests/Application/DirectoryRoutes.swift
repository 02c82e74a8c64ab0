import FastCGI
import Glibc
import HTTPTypes
import Sendfile
import SystemPackage

/// Routes that serve whole directories.
extension Routes {
    /// `/directory/<path>`, and `/app/<path>` if the web server mounts the application at `/app`.
    func directory(for request: Request, prefix: String?) async throws -> Response {
        let responder = DirectoryResponder(self.sendfile, prefix: prefix, index: "index.html") { response, _, path in
            response.headerFields[.contentSecurityPolicy] = "sandbox"
            // The path that the handler was given, for tests to compare.
            response.headerFields[.contentLanguage] = path.components.count == 1 ? "en" : "ja"
        } decide: { request, path in
            if path.starts(with: "team"), request.cookies["user"] != "alice" { return .deny(.forbidden) }
            return request.query == "attachment" ? .allow(SendfileOptions(attachment: .attachment)) : .allow
        }
        return try await responder.respond(to: request)
    }

    /// Files of another root, `SECOND_ROOT`, which has its own location in the web server. It is a parameter, or an environment variable.
    func secondRoot(_ rest: [UInt8], for request: Request) throws -> Response {
        let root = request.serverParameter("SECOND_ROOT") ?? getenv("SECOND_ROOT").map { String(cString: $0) } ?? ""
        let sendfile = try Sendfile(
            configuration: .init(root: FilePath(root), internalURLPrefix: "/second-files/"))
        return try sendfile(request, String(decoding: rest, as: UTF8.self))
    }
}
