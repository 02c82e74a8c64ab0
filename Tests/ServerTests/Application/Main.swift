import FastCGI
import Glibc
import Logging
import Sendfile

/// The application that the tests put behind real web servers. Nothing in it names one.
@main struct Main {
    static func main() async throws {
        // What is logged for a request is looked for in the web servers' logs.
        LoggingSystem.bootstrap(FastCGILogHandler.init)
        setenv("FASTCGI_STDERR", "1", 0)
        let routes = Routes(sendfile: try Sendfile())
        let authorizer: FastCGIServer.Authorizer? = getenv("NO_AUTHORIZER") == nil ? Doorkeeper.decide : nil
        let server = FastCGIServer(authorizer: authorizer) { try await routes.respond(to: $0) }
        guard getenv("OWN_SIGNALS") != nil else { return try await server.runService() }
        // A program that handles signals by itself.
        SignalHandlers.install()
        try await server.run()
    }
}
