import FastCGI
import Sendfile

/// The program under test: a fixed response, a file that the web server sends, a file that the program sends.
///
/// The root, the internal URL and the backend of `/sendfile/` come from the environment, as for any program.
@main struct Responder: FastCGIProgram {
    static func server() throws -> FastCGIServer {
        let sendfile = try Sendfile()
        let stream = try Sendfile(configuration: SendfileConfiguration(backend: .stream))
        return FastCGIServer { request in
            let path = request.rawPath
            if path == "/fixed" { return Response(body: .string("Hello\n")) }
            if path.hasPrefix("/sendfile/") { return try sendfile(request, String(Substring(path.utf8.dropFirst(10)))) }
            if path.hasPrefix("/stream/") { return try stream(request, String(Substring(path.utf8.dropFirst(8)))) }
            return Response(status: .notFound, body: .string("Not Found\n"))
        }
    }
}
