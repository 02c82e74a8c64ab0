import Glibc

/// The sockets that systemd passes on (sd_listen_fds(3)), as its environment variables describe them.
struct ListenEnvironment: Sendable {
    /// The first descriptor that systemd passes on.
    private static let firstDescriptor: Int32 = 3

    let systemdDescriptors: [Int32]

    /// - Parameters:
    ///   - process: The value of `LISTEN_PID`: the process that the sockets are for.
    ///   - count: The value of `LISTEN_FDS`.
    init(process: Int?, count: Int?) {
        guard let process, let count, process == Int(getpid()), count > 0 else {
            self.systemdDescriptors = []
            return
        }
        self.systemdDescriptors = (0..<Int32(clamping: min(count, 64))).map { Self.firstDescriptor + $0 }
    }
}
