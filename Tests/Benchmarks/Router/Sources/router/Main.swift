import FastCGIHummingbird
import Hummingbird
import Sendfile

/// One router on two servers: with the argument `http`, on Hummingbird's own one, which listens on the Unix socket at the path
/// `ROUTER_LISTEN`; otherwise over FastCGI.
@main struct Main {
    static func main() async throws {
        let sendfile = try Sendfile()
        let router = Router()
        router.get("fixed") { _, _ in "Hello\n" }
        router.get("hello/:name") { request, context in
            "hello \(try context.parameters.require("name")), \(request.uri.queryParameters["greeting"] ?? "good day")\n"
        }
        router.post("echo") { request, _ in try await request.body.collect(upTo: 1 << 20) }
        router.get("sendfile/:name") { request, context in
            try sendfile(request, context, context.parameters.require("name"))
        }
        if CommandLine.arguments.dropFirst().first == "http" {
            let path = Environment().get("ROUTER_LISTEN") ?? "router.sock"
            try await Application(router: router, configuration: .init(address: .unixDomainSocket(path: path)))
                .runService()
        } else {
            try await FastCGIApplication(router: router).runService()
        }
    }
}
