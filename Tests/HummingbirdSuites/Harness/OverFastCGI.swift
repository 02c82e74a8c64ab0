import FastCGIHummingbird
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

// Its responses have no public initializer.
@testable import HummingbirdTesting

extension ApplicationProtocol {
    /// Runs the application over FastCGI behind nginx for the time of a test.
    ///
    /// In this module it has precedence over the method of HummingbirdTesting with the same signature, so the suites call it without a
    /// change. Every kind of test, with the router alone or with a live server, becomes one with a client of nginx.
    func test<Value>(
        _ testingSetup: TestingSetup, _ test: @Sendable (any TestClientProtocol) async throws -> Value
    ) async throws -> Value {
        var configuration = FastCGIConfiguration()
        configuration.listen = .unix(path: Site.socket)
        configuration.socketMode = [.ownerReadWrite, .groupReadWrite, .otherReadWrite]
        var application = FastCGIApplication(
            responder: try await self.responder, configuration: configuration, services: self.services,
            logger: self.logger)
        for process in self.processesRunBeforeServerStart { application.beforeServerStarts(perform: process) }

        let group = ServiceGroup(services: [application], logger: self.logger)
        let isOver = Flag()
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask {
                defer { isOver.set() }
                try await group.run()
            }
            while !Site.acceptsConnections {
                // The error of the application is the result.
                if isOver.isSet { try await tasks.waitForAll() }
                try await Task.sleep(for: .milliseconds(5))
            }
            do {
                let value = try await test(Client())
                await group.triggerGracefulShutdown()
                return value
            } catch {
                await group.triggerGracefulShutdown()
                throw error
            }
        }
    }
}

/// A client of nginx that opens a connection for each request, follows no redirect and changes nothing.
private struct Client: TestClientProtocol {
    var port: Int? { Site.port }

    func executeRequest(
        uri: String, method: HTTPRequest.Method, headers: HTTPFields, body: ByteBuffer?
    ) async throws -> TestResponse {
        // A router accepts a path without a slash, and an HTTP client cannot send one.
        let target = uri.utf8.first == UInt8(ascii: "/") ? uri : "/\(uri)"
        return try await TestClient.withClient(host: "127.0.0.1", port: Site.port) { client in
            let response = try await client.execute(
                TestClient.Request(target, method: method, authority: "localhost", headers: headers, body: body))
            return TestResponse(
                head: response.head, body: response.body ?? ByteBuffer(), trailerHeaders: response.trailerHeaders)
        }
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { self.value.load(ordering: .acquiring) }
    func set() { self.value.store(true, ordering: .releasing) }
}
