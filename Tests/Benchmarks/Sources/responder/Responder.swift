import FastCGI
import Glibc
import Sendfile

/// The program under test: a fixed response, a file that the web server sends, a file that the program sends, and a file that is sent to
/// clients with the right link only.
///
/// `BENCHMARK_LINK` is the query of that link. The handler and the authorizer look at it, as an application looks for a session.
///
/// The root, the internal URL and the backend of `/sendfile/` come from the environment, as for any program.
@main struct Responder: FastCGIProgram {
    static func server() throws -> FastCGIServer {
        let sendfile = try Sendfile()
        let stream = try Sendfile(configuration: SendfileConfiguration(backend: .stream))
        let link = getenv("BENCHMARK_LINK").map { String(cString: $0) } ?? "none"
        let authorizer: FastCGIServer.Authorizer = { request in
            request.query == link ? .allow : .deny(Response(status: .forbidden))
        }
        return FastCGIServer(authorizer: authorizer) { request in
            let path = request.rawPath
            if path == "/fixed" { return Response(body: .string("Hello\n")) }
            if path.hasPrefix("/sendfile/") { return try sendfile(request, String(Substring(path.utf8.dropFirst(10)))) }
            if path.hasPrefix("/stream/") { return try stream(request, String(Substring(path.utf8.dropFirst(8)))) }
            if path.hasPrefix("/links/") {
                guard request.query == link else { return Response(status: .forbidden) }
                return try sendfile(request, String(Substring(path.utf8.dropFirst(7))))
            }
            return Response(status: .notFound, body: .string("Not Found\n"))
        }
    }
}
