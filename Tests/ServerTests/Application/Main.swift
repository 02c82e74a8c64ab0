import FastCGI
import Glibc
import Logging
import Sendfile

/// The application that the tests put behind real web servers. Nothing in it names one.
@main struct Main {
    static func main() async throws {
        switch getenv("MAIN").map({ String(cString: $0) }) {
        case nil: await Application.main()
        case "own": try await Application.server().runService()
        case "own-signals":
            // A program that handles signals by itself.
            let server = try Application.server()
            SignalHandlers.install()
            try await server.run()
        case let other?: fatalError("MAIN is \(other)")
        }
    }
}

struct Application: FastCGIProgram {
    struct Away: Error, CustomStringConvertible {
        let description: String
    }

    static func server() throws -> FastCGIServer {
        // What is logged for a request is looked for in the web servers' logs.
        LoggingSystem.bootstrap(FastCGILogHandler.init)
        setenv("FASTCGI_STDERR", "1", 0)
        if let reason = getenv("FAILS_BECAUSE") { throw Away(description: String(cString: reason)) }
        let routes = Routes(sendfile: try Sendfile())
        let authorizer: FastCGIServer.Authorizer? = getenv("NO_AUTHORIZER") == nil ? Doorkeeper.decide : nil
        return FastCGIServer(authorizer: authorizer) { try await routes.respond(to: $0) }
    }
}
