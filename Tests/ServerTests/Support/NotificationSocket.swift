import Glibc

/// The socket on which a service manager receives messages of sd_notify(3).
final class NotificationSocket: Sendable {
    /// The value of `NOTIFY_SOCKET`.
    let address: String
    private let descriptor: Int32

    /// Creates a socket with a path in a new directory, or an abstract one.
    init(isAbstract: Bool = false) throws {
        let path = "\(try Workspace.shared.makeDirectory("notify"))/socket"
        self.address = isAbstract ? "@\(path)" : path
        self.descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        let name = (isAbstract ? [0] : []) + Array(path.utf8)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: name) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path)! + name.count)
        let result = withUnsafePointer(to: &target) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(self.descriptor, $0, length) }
        }
        guard result == 0 else { throw Failure.system("bind \(self.address)") }
    }

    deinit { close(self.descriptor) }

    /// The lines of the next message, or `nil` if none arrives in time.
    func next(milliseconds: Int = 1000 * Socket.patience) -> [String]? {
        var wait = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&wait, 1, Int32(milliseconds)) == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(self.descriptor, &bytes, bytes.count, 0)
        guard count >= 0 else { return nil }
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// The next message that is not about the watchdog.
    func nextState() -> [String]? {
        while let message = self.next() {
            if message != ["WATCHDOG=1"] { return message }
        }
        return nil
    }
}
