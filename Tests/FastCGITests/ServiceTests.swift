import FastCGI
import FastCGIServiceLifecycle
import Glibc
import Logging
import ServiceLifecycle
import Testing

@Suite struct ServiceTests {
    @Test("A graceful shutdown of a service group finishes the running request") func gracefulShutdown() async throws {
        let gate = Gate()
        let path = ScratchDirectory.make() + "/socket"
        let server = FastCGIServer(configuration: .with { $0.listen = .unix(path: path) }) { request in
            if request.path == "/slow" { await gate.wait() }
            return Response(body: .string(request.path))
        }
        let group = ServiceGroup(services: [server], logger: Logger(label: "group") { _ in SwiftLogNoOpLogHandler() })
        let running = Task { try await group.run() }
        try await RunningServer.wait { access(path, F_OK) == 0 }
        let slow = try Peer(connectingTo: path)
        try slow.send(Peer.head(Peer.parameters("GET", "/slow")) + Peer.body([]))
        try await RunningServer.wait { gate.waiting == 1 }

        await group.triggerGracefulShutdown()
        try await RunningServer.wait { access(path, F_OK) != 0 }
        gate.open()
        #expect(try slow.answer().body == Array("/slow".utf8))
        try await running.value
    }

    @Test("A cancelled task ends a service") func cancellation() async throws {
        let path = ScratchDirectory.make() + "/socket"
        let service: any Service = FastCGIServer(configuration: .with { $0.listen = .unix(path: path) }) { _ in
            Response()
        }
        let running = Task { try await service.run() }
        try await RunningServer.wait { access(path, F_OK) == 0 }
        running.cancel()
        try await running.value
        #expect(access(path, F_OK) != 0)
    }
}
