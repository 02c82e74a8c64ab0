import Hummingbird
import NIOCore
import Sendfile

/// Serves the files below `SENDFILE_ROOT` at `/files/` to clients that send the cookie `ticket=blue`.
///
/// With `--nginx`, `--apache` or `--caddy`, that web server is in front and sends the bytes; its configuration is in `conf`.
/// Without a flag, this program streams them, with any web server in front or none. It listens on 127.0.0.1 at `PORT`, by
/// default 8080, or on the Unix socket at the path `LISTEN`.
@main struct Downloads {
    private static let flags: [String: BackendChoice] = ["--nginx": .nginx, "--apache": .apache, "--caddy": .caddy]

    static func main() async throws {
        guard let backend = CommandLine.arguments.dropFirst().first.map({ self.flags[$0] }) ?? .stream else {
            return print("usage: HummingbirdDownloads [--nginx|--apache|--caddy]")
        }
        let sendfile = try Sendfile(configuration: SendfileConfiguration(backend: backend))

        let router = Router(context: DownloadsContext.self, options: .autoGenerateHeadEndpoints)
        router.get("files/**") { request, context in
            // The decision. A real program looks up a session, a purchase or a team here.
            guard request.cookies["ticket"]?.value == "blue" else { return Response(status: .forbidden) }
            guard let path = request.head.filePath(below: "/files/") else { return Response(status: .notFound) }
            let disposition = request.uri.query == "attachment" ? ContentDisposition.attachment : .inline
            return Response(try sendfile(request.head, path, attachment: disposition), on: context.channel)
        }

        let port = BindAddress.hostname(port: Environment().get("PORT", as: Int.self) ?? 8080)
        let address = Environment().get("LISTEN").map { .unixDomainSocket(path: $0) } ?? port
        try await Application(router: router, configuration: .init(address: address)).runService()
    }
}

struct DownloadsContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        (self.coreContext, self.channel) = (.init(source: source), source.channel)
    }
}

extension Response {
    /// The response with a file: either fields for the web server in front, or a stream with constant memory.
    init(_ file: FileResponse, on channel: any Channel) {
        let body = file.delivery.body.map { bytes in
            ResponseBody(contentLength: Int(bytes.length)) { writer in
                for try await chunk in bytes.chunks() {
                    try await writer.write(ByteBuffer(bytes: chunk))
                    // The writer returns before the event loop has taken the chunk, however many wait there.
                    try await channel.eventLoop.submit {}.get()
                }
                try await writer.finish(nil)
            }
        }
        self.init(status: file.status, headers: file.allHeaderFields, body: body ?? ResponseBody())
        // The web server in front replaces the empty body with the file, and knows its length.
        if !file.delivery.serverFields.isEmpty { self.headers[.contentLength] = nil }
    }
}
