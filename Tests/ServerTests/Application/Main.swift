import Dispatch
import FastCGI
import FastCGIServiceLifecycle
import Glibc
import HTTPTypes
import Logging
import Sendfile
import ServiceLifecycle
import UnixSignals

/// The application that the tests run behind real web servers. It does not depend on any of them.
@main struct Main {
    static func main() {
        switch getenv("MAIN").map({ String(cString: $0) }) {
        case nil: Application.main()
        case "own":
            // A program that exits by itself.
            Self.run {
                do {
                    try DevelopmentSite.startIfRequested()
                    try await Application.server().runService()
                } catch let error as any ProgramError {
                    let line = Array("own main: \(error)\n".utf8)
                    write(STDERR_FILENO, line, line.count)
                    exit(error.exitStatus)
                }
            }
        case "group":
            // A program with its own services and signals.
            Self.run {
                let service = ServiceGroupConfiguration.ServiceConfiguration(service: try Application.server())
                let group = ServiceGroup(
                    configuration: .init(
                        services: [service], gracefulShutdownSignals: [.sigterm, .sigusr1],
                        logger: Logger(label: "group")))
                try await group.run()
            }
        case "own-signals":
            // A program that handles signals itself.
            Self.run {
                let server = try Application.server()
                SignalHandlers.install()
                try await server.run()
            }
        case let other?: fatalError("MAIN is \(other)")
        }
    }

    /// Runs an asynchronous `main`.
    private static func run(_ body: @escaping @Sendable () async throws -> Void) -> Never {
        Task { @MainActor in
            do { try await body() } catch { fatalError("\(error)") }
            exit(0)
        }
        dispatchMain()
    }
}

struct Application: FastCGIProgram {
    struct Away: Error, CustomStringConvertible {
        let description: String
    }

    static func server() throws -> FastCGIServer {
        // Tests search the web servers' logs for the messages of a request.
        LoggingSystem.bootstrap(FastCGILogHandler.init)
        setenv("FASTCGI_STDERR", "1", 0)
        if let reason = getenv("FAILS_BECAUSE") { throw Away(description: String(cString: reason)) }
        let routes = Routes(sendfile: try Sendfile())
        let authorizer: FastCGIServer.Authorizer? = getenv("NO_AUTHORIZER") == nil ? Doorkeeper.decide : nil
        // With several servers, tests see in each response which of them sent it.
        guard let instance = getenv("INSTANCE").map({ String(cString: $0) }), let field = HTTPField.Name("Instance")
        else { return FastCGIServer(authorizer: authorizer) { try await routes.respond(to: $0) } }
        return FastCGIServer(authorizer: authorizer) { request in
            var response = try await routes.respond(to: request)
            response.headerFields[field] = instance
            return response
        }
    }
}
