import Hummingbird

/// Serves the directory `SENDFILE_ROOT` with Hummingbird's own FileMiddleware on `PORT`.
@main struct FileMiddlewareServer {
    static func main() async throws {
        let environment = Environment()
        let router = Router()
        router.middlewares.add(FileMiddleware(environment.get("SENDFILE_ROOT") ?? "public", urlBasePath: "/files"))
        let port = environment.get("PORT", as: Int.self) ?? 8080
        try await Application(router: router, configuration: .init(address: .hostname(port: port))).runService()
    }
}
