import Hummingbird

/// Serves the directory of the first argument with Hummingbird's own FileMiddleware on the port of the second one.
@main struct FileMiddlewareServer {
    static func main() async throws {
        let router = Router()
        router.middlewares.add(FileMiddleware(CommandLine.arguments[1], urlBasePath: "/files"))
        let port = Int(CommandLine.arguments[2]) ?? 0
        try await Application(router: router, configuration: .init(address: .hostname(port: port))).runService()
    }
}
