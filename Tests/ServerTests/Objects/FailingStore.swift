import Glibc

/// A store whose answer the key selects.
final class FailingStore: Sendable {
    let port: UInt16
    let log: String
    private let process: ChildProcess

    /// - Parameter certificate: The files of the certificate and its key; empty for a store without TLS.
    init(certificate: [String] = []) throws {
        let directory = try Workspace.shared.makeDirectory("failing-store")
        self.port = try Address.freePort()
        self.log = "\(directory)/requests.log"
        self.process = try ChildProcess(
            ["\(CodeBlock.package)/Tests/ServerTests/Objects/failing-store", String(self.port)] + certificate,
            log: self.log)
        try Deadline.wait("the failing store listens") {
            guard self.process.isRunning else { throw Failure(try Files.text(self.log)) }
            return (try? Socket.connected(to: .loopback(port: self.port))) != nil
        }
    }

    func stop() throws {
        self.process.signal(SIGKILL)
        _ = try self.process.waitForEnd()
    }

    /// The site of a route with this store.
    ///
    /// - Parameter isImpatient: Whether the site waits for an answer for a second only.
    func site(_ route: ObjectRoute, isImpatient: Bool) throws -> ObjectSite {
        // nginx and Caddy connect to the store in their configuration, and send the host of the signed URL.
        var environment = [
            "STORE": route.sendsSignedHost
                ? try ObjectStoreServer.shared.endpoint : "http://localhost:\(self.port)"
        ]
        if isImpatient { environment["STORE_TIMEOUT"] = "1" }
        return try ObjectSite(
            route, title: "objects of a failing store, \(route.rawValue)", store: route.address(port: self.port),
            settings: isImpatient ? route.plain.merging(route.impatient) { $1 } : route.plain,
            environment: environment)
    }
}
