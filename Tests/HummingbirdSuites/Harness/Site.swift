import Glibc

/// The place of nginx and of the program, which the script `run` sets.
enum Site {
    /// nginx's port on the loopback address.
    static let port = Int(Self.value("SUITES_PORT"))!

    /// The path of the program's socket.
    static let socket = Self.value("SUITES_SOCKET")

    private static func value(_ name: String) -> String {
        guard let value = getenv(name) else { preconditionFailure("\(name) is not set; start the script run") }
        return String(cString: value)
    }

    /// Whether the program listens.
    static var acceptsConnections: Bool {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Self.socket.utf8) }
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
            }
        }
    }
}
