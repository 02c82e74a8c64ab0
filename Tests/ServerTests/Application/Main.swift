import FastCGI
import Sendfile

/// The application that the tests put behind real web servers. Nothing in it names one.
@main struct Main {
    static func main() async throws {
        let routes = Routes(sendfile: try Sendfile())
        let server = FastCGIServer { try await routes.respond(to: $0) }
        try await server.runService()
    }
}
