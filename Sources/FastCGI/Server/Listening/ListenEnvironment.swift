import Glibc

/// What systemd says about the sockets that it passes on (sd_listen_fds(3)).
struct ListenEnvironment: Sendable {
    /// The first descriptor that systemd passes on.
    private static let firstDescriptor: Int32 = 3

    let systemdDescriptors: [Int32]

    /// - Parameters:
    ///   - process: the value of `LISTEN_PID`: for whom the sockets are.
    ///   - count: the value of `LISTEN_FDS`.
    init(process: Int?, count: Int?) {
        guard let process, let count, process == Int(getpid()), count > 0 else {
            self.systemdDescriptors = []
            return
        }
        self.systemdDescriptors = (0..<Int32(clamping: min(count, 64))).map { Self.firstDescriptor + $0 }
    }
}
