import Hummingbird
import Sendfile

/// Serves the files below `SENDFILE_ROOT` at `/files/` to clients that send the cookie `ticket=blue`.
///
/// With `--nginx`, `--apache` or `--caddy`, that web server is in front and sends the bytes; its configuration is in `conf`.
/// Without a flag, this program streams them, with any web server in front or none. It listens on 127.0.0.1:8080, or on the
/// Unix socket at the path `LISTEN`.
@main struct Downloads {
    private static let flags: [String: BackendChoice] = ["--nginx": .nginx, "--apache": .apache, "--caddy": .caddy]

    static func main() async throws {
        var backend = BackendChoice.stream
        for argument in CommandLine.arguments.dropFirst() {
            guard let choice = self.flags[argument] else { fatalError("unknown option \(argument)") }
            backend = choice
        }
        let sendfile = try Sendfile(configuration: SendfileConfiguration(backend: backend))

        let router = Router(options: .autoGenerateHeadEndpoints)
        router.get("files/**") { request, _ in
            // The decision. A real program looks up a session, a purchase or a team here.
            guard request.cookies["ticket"]?.value == "blue" else { return Response(status: .forbidden) }
            guard let path = request.head.filePath(below: "/files/") else { return Response(status: .notFound) }
            let isAttachment = request.uri.query == "attachment"
            return Response(try sendfile(request.head, path, attachment: isAttachment ? .attachment : .inline))
        }

        let address = Environment().get("LISTEN").map { BindAddress.unixDomainSocket(path: $0) }
        try await Application(router: router, configuration: .init(address: address ?? .hostname())).runService()
    }
}

extension Response {
    /// The response with a file: either fields for the web server in front, or a stream with constant memory.
    init(_ file: FileResponse) {
        var body = ResponseBody()
        if let bytes = file.delivery.body {
            body = ResponseBody(contentLength: Int(bytes.length)) { writer in
                for try await chunk in bytes.chunks() { try await writer.write(ByteBuffer(bytes: chunk)) }
                try await writer.finish(nil)
            }
        }
        self.init(status: file.status, headers: file.allHeaderFields, body: body)
        // The web server in front replaces the empty body with the file, and knows its length.
        if !file.delivery.serverFields.isEmpty { self.headers[.contentLength] = nil }
    }
}
