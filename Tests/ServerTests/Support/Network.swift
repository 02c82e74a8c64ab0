import Glibc

/// A network namespace, whose loopback a client's sockets reach.
final class Network: Sendable {
    /// The network of the tests.
    static let own = Network(descriptor: nil)

    /// `nil` for the tests' own namespace, which needs no privilege.
    private let descriptor: Int32?

    private init(descriptor: Int32?) { self.descriptor = descriptor }

    /// The network of another process.
    convenience init(of pid: pid_t) throws {
        let descriptor = open("/proc/\(pid)/ns/net", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure.system("open the network of process \(pid)") }
        self.init(descriptor: descriptor)
    }

    deinit { if let descriptor = self.descriptor { close(descriptor) } }

    /// Calls `body` on a thread in this network, because a socket belongs to the namespace in which it is created.
    func run<Result>(_ body: () throws -> Result) throws -> Result {
        guard let descriptor = self.descriptor else { return try body() }
        let home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
        guard home >= 0 else { throw Failure.system("open the network of this thread") }
        defer { close(home) }
        guard Self.setns(descriptor, Self.networkNamespace) == 0 else { throw Failure.system("enter a network") }
        defer {
            // A thread left in the other namespace would break other tests.
            guard Self.setns(home, Self.networkNamespace) == 0 else { fatalError("cannot leave a network: \(errno)") }
        }
        return try body()
    }

    /// setns(2), which glibc declares only under _GNU_SOURCE.
    private static let setns = unsafeBitCast(
        dlsym(nil, "setns"), to: (@convention(c) (Int32, Int32) -> Int32).self)
    /// `CLONE_NEWNET`.
    private static let networkNamespace: Int32 = 0x4000_0000
}
