import FastCGI
import FastCGIHummingbird
import FastCGITesting
import Glibc
import Hummingbird
import Logging
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle
import Testing

/// An application as a service, with a socket.
@Suite struct ServiceTests {
    /// The names of the events, in the order of their occurrence.
    private final class Events: Sendable {
        private let names = NIOLockedValueBox<[String]>([])

        var all: [String] { self.names.withLockedValue { $0 } }
        func add(_ name: String) { self.names.withLockedValue { $0.append(name) } }
    }

    private struct Database: Service {
        let events: Events

        func run() async throws {
            self.events.add("services run")
            try await gracefulShutdown()
            self.events.add("services end")
        }
    }

    private static func configuration() -> FastCGIConfiguration {
        var template = Array("/tmp/hummingbird-socket-XXXXXX".utf8CString)
        var configuration = FastCGIConfiguration()
        configuration.listen = .unix(path: String(cString: mkdtemp(&template)) + "/socket")
        return configuration
    }

    @Test("Services run before the processes, these before the server, and all end at a graceful shutdown")
    func order() async throws {
        let events = Events()
        let log = LogLines()
        var application = FastCGIApplication(
            router: Router(), configuration: Self.configuration(), services: [Database(events: events)],
            logger: log.logger)
        application.beforeServerStarts {
            try await wait { events.all == ["services run"] }
            #expect(!log.contains("listening on"))
            events.add("process")
        }
        let group = ServiceGroup(services: [application], logger: Logger(label: "group"))
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            try await wait { log.contains("listening on") }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(events.all == ["services run", "process", "services end"])
    }

    @Test("An error of a process prevents the server from running, and ends the services") func failure() async throws {
        struct MigrationFailed: Error {}
        let events = Events()
        let log = LogLines()
        var application = FastCGIApplication(
            router: Router(), configuration: Self.configuration(), services: [Database(events: events)],
            logger: log.logger)
        application.beforeServerStarts { throw MigrationFailed() }
        await #expect(throws: MigrationFailed.self) { try await application.run() }
        #expect(!log.contains("listening on"))
    }

    @Test("The server of an application creates no span beside that of TracingMiddleware") func spans() {
        #expect(!FastCGIApplication(router: Router()).fastCGIServer.createsSpans)
    }

    @Test("The channel of a context has an event loop, ends with the request and transports nothing")
    func channel() async throws {
        let events = Events()
        let router = Router(context: ChannelContext.self)
        router.get("channel") { _, context in
            let channel = context.channel
            #expect(channel.isActive && !channel.isWritable)
            #expect(channel.eventLoop === channel.pipeline.eventLoop && channel.eventLoop === channel.eventLoop)
            channel.closeFuture.whenSuccess { events.add("closed") }
            await #expect(throws: (any Error).self) { try await channel.writeAndFlush(ByteBuffer(string: "bytes")) }
            await #expect(throws: (any Error).self) { try await channel.close() }
            return "\(channel.remoteAddress?.ipAddress ?? "none") \(channel.localAddress?.port ?? 0)"
        }
        let server = FastCGIApplication(router: router).fastCGIServer
        let answer = try await HandlerTest(server).get("/channel")
        #expect(answer.text == "127.0.0.1 443")
        try await wait { events.all == ["closed"] }
    }
}

/// A context that keeps its channel.
private struct ChannelContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel

    init(source: ApplicationRequestContextSource) {
        self.coreContext = .init(source: source)
        self.channel = source.channel
    }
}
