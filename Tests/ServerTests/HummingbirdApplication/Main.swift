import FastCGIHummingbird
import Hummingbird
import NIOCore
import Sendfile

/// The Hummingbird application that the tests run behind real web servers. It does not depend on any of them. With the variable
/// `PORT`, it runs on Hummingbird's own server, and with `CONTEXT=BasicRequestContext` its only route there has that context.
@main struct Main: HummingbirdProgram {
    static func application() throws -> any ApplicationProtocol {
        let address = Environment().get("PORT", as: Int.self).map { BindAddress.hostname(port: $0) }
        if let address, Environment().get("CONTEXT") == "BasicRequestContext" {
            return Application(router: Self.basicRouter(try Sendfile()), configuration: .init(address: address))
        }
        let sessions = MemoryPersistDriver()
        let router = Router(context: FastCGIRequestContext.self)
        router.add(middleware: CORSMiddleware(allowOrigin: .all))
        router.add(middleware: MetricsMiddleware())
        router.add(middleware: MarkMiddleware())
        Self.addRoutes(to: router, sendfile: try Sendfile())
        Self.addSessionRoutes(to: router, sessions)
        if let address {
            return Application(router: router, configuration: .init(address: address), services: [sessions])
        }
        var application = FastCGIApplication(router: router, services: [sessions])
        application.beforeServerStarts { try await sessions.set(key: "ready", value: "yes") }
        return application
    }

    private static func basicRouter(_ sendfile: Sendfile) -> Router<BasicRequestContext> {
        let router = Router()
        router.get("file/**") { request, context in
            try sendfile(request, context, context.parameters.decodedCatchAll())
        }
        return router
    }

    private static func addRoutes(to router: Router<FastCGIRequestContext>, sendfile: Sendfile) {
        router.get("ready") { _, _ in "ready" }
        router.get("hello/:name") { request, context in
            "hello \(try context.parameters.requireDecoded("name")), \(request.uri.queryParameters["greeting"] ?? "?")"
        }
        router.get("client") { _, context in
            "\(context.remoteAddress?.ipAddress ?? "none") \(context.serverParameter("REQUEST_METHOD") ?? "none")"
        }
        router.get("file/**") { request, context in
            try sendfile(
                request, context, context.parameters.decodedCatchAll(), attachment: .attachment)
        }
        router.post("echo") { request, _ in try await request.body.collect(upTo: 64 << 20) }
        router.post("echo-at-once") { request, _ in
            Response(status: .ok, body: ResponseBody(asyncSequence: request.body))
        }
        router.post("unread") { _, _ in "unread" }
        router.get("stream/:count") { _, context in
            let count = try context.parameters.require("count", as: Int.self)
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    for number in 0..<count { try await writer.write(ByteBuffer(string: "\(number)\n")) }
                    try await writer.finish([.eTag: "\"end\""])
                })
        }
        router.get("error") { _, _ -> String in
            throw HTTPError(.conflict, message: "the report is being written")
        }
        // A client that leaves cancels the request's task.
        let left = Left()
        router.get("waiting") { _, _ -> String in
            do { try await Task.sleep(for: .seconds(300)) } catch {
                await left.add()
                throw error
            }
            return "nothing"
        }
        router.get("events") { _, _ in
            Response(
                status: .ok,
                body: ResponseBody { writer in
                    try await writer.write(ByteBuffer(string: "first\n"))
                    do { try await Task.sleep(for: .seconds(300)) } catch {
                        await left.add()
                        throw error
                    }
                })
        }
        router.get("left") { _, _ in "\(await left.count)" }
        // Chunks that fill no buffer.
        router.get("ticks/:name") { _, context in
            let name = try context.parameters.require("name")
            return Response(
                status: .ok,
                body: ResponseBody { writer in
                    do {
                        while true {
                            try await writer.write(ByteBuffer(string: "tick\n"))
                            try await Task.sleep(for: .milliseconds(100))
                        }
                    } catch {
                        await left.add(name)
                        throw error
                    }
                })
        }
        router.get("left/:name") { _, context in
            "\(await left.names.contains(try context.parameters.require("name")))"
        }
        // An error in place of the body's own, as NIOFileSystem throws one.
        router.post("other-error") { request, _ -> String in
            do {
                return "\(try await request.body.collect(upTo: .max).readableBytes)"
            } catch {
                throw OtherError()
            }
        }
    }

    private struct OtherError: Error {}

    private static func addSessionRoutes(
        to router: Router<FastCGIRequestContext>, _ sessions: MemoryPersistDriver<ContinuousClock>
    ) {
        router.post("sign-in/:name") { _, context in
            let key = "session\(UInt64.random(in: 0 ..< .max))"
            try await sessions.create(key: key, value: context.parameters.require("name"), expires: .seconds(60))
            var response = Response(status: .ok)
            response.setCookie(Cookie(name: "session", value: key, httpOnly: true))
            return response
        }
        router.get("session") { request, _ in
            guard let key = request.cookies["session"]?.value,
                let name = try await sessions.get(key: key, as: String.self)
            else { throw HTTPError(.unauthorized) }
            return name
        }
    }

    private actor Left {
        private(set) var count = 0
        private(set) var names: Set<String> = []
        func add() { self.count += 1 }
        func add(_ name: String) { self.names.insert(name) }
    }
}

/// Adds a header field to every response.
private struct MarkMiddleware: RouterMiddleware {
    typealias Context = FastCGIRequestContext

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response = try await next(request, context)
        response.headers[.contentLanguage] = "ja"
        return response
    }
}
