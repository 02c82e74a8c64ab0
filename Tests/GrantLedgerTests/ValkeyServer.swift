import Glibc
import SignedLinks

@testable import GrantLedgerValkey

/// A Valkey or Redis server on a free port, which ends with this value.
final class ValkeyServer {
    let port: UInt16
    private let directory: String
    private let options: [String]
    private var pid: pid_t = 0

    /// - Parameter options: Further options of the server, such as `--requirepass`.
    init(in directory: String, _ options: [String]) throws {
        self.directory = directory
        self.options = options
        self.port = try Self.freePort()
        try self.start()
    }

    deinit { self.kill() }

    var url: String { "valkey://127.0.0.1:\(self.port)" }

    /// The server's socket in the file system.
    var socket: String { "\(self.directory)/valkey.sock" }

    /// Starts the server, with the data that it had before.
    func start() throws {
        let arguments =
            [
                "--bind", "127.0.0.1", "--port", "\(self.port)", "--unixsocket", self.socket, "--dir", self.directory,
                "--save", "", "--appendonly", "yes", "--appendfsync", "always", "--logfile", "\(self.directory)/log",
            ] + self.options
        // Debian 13 has both.
        let programs: [String] = ["/usr/bin/valkey-server", "/usr/bin/redis-server"]
        guard let program = programs.first(where: { access($0, X_OK) == 0 }) else {
            throw LedgerFailure("install redis-server or valkey-server")
        }
        self.pid = try LedgerPlace.spawn([program] + arguments)
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if try self.answers() { return }
            usleep(10_000)
        }
        throw LedgerFailure("\(program) does not listen on port \(self.port)")
    }

    func kill() {
        guard self.pid > 0 else { return }
        Glibc.kill(self.pid, SIGKILL)
        waitpid(self.pid, nil, 0)
        self.pid = 0
    }

    /// Stops the server, so that it neither answers nor closes connections.
    func pause() { Glibc.kill(self.pid, SIGSTOP) }

    func resume() { Glibc.kill(self.pid, SIGCONT) }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func with<Result>(
        _ port: UInt16, _ body: (Int32, UnsafeMutablePointer<sockaddr>, inout socklen_t) throws -> Result
    ) throws -> Result {
        let descriptor = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw LedgerFailure("socket: \(errno)") }
        defer { close(descriptor) }
        var address = Self.address(port)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        return try withUnsafeMutablePointer(to: &address) {
            try $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { try body(descriptor, $0, &length) }
        }
    }

    /// Whether the server has read its data.
    private func answers() throws -> Bool {
        let connection = ValkeyConnection(try ValkeyAddress(self.url), password: nil)
        do throws(GrantLedgerError) {
            _ = try connection.run([[Array("PING".utf8)]], until: .now + .seconds(10))
            return true
        } catch {
            // With a password, the server refuses the connection.
            return error.description.contains("NOAUTH")
        }
    }

    private static func freePort() throws -> UInt16 {
        try self.with(0) { descriptor, address, length in
            guard bind(descriptor, address, length) == 0, getsockname(descriptor, address, &length) == 0 else {
                throw LedgerFailure("bind: \(errno)")
            }
            return address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
    }
}
