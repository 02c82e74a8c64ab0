import CLinux
import Glibc
import Sendfile

/// The service manager that started this process, such as systemd for a unit with `Type=notify`.
///
/// Each message is one datagram of lines `NAME=value`, as sd_notify(3) describes. Without a manager, nothing is sent.
package struct ServiceManager: Sendable {
    /// The manager of this process.
    ///
    /// The variables that describe it are removed from the environment, so that a child process cannot send messages
    /// in the name of this one. A `FastCGIProgram` does that before it starts its first thread.
    package static let process = Self.takeEnvironment()

    /// The address of the manager's socket: a path, or a zero byte and a name. `nil` if no manager started this process.
    private let address: [UInt8]?

    /// The interval for ``reportAlive()``: half of the manager's, as sd_watchdog_enabled(3) recommends. `nil` if the
    /// manager expects no such messages.
    let watchdogPeriod: Duration?

    /// - Parameters:
    ///   - socket: The value of `NOTIFY_SOCKET`: a path, or `@` and a name.
    ///   - watchdog: The value of `WATCHDOG_USEC`: after this time without a message, the manager ends the process.
    ///   - watchdogProcess: The value of `WATCHDOG_PID`: the process that must send these messages.
    init(socket: String?, watchdog: String? = nil, watchdogProcess: String? = nil) {
        var address = Array((socket ?? "").utf8)
        let isAbstract = address.first == UInt8(ascii: "@")
        if isAbstract { address[0] = 0 }
        let isValid =
            (isAbstract || address.first == UInt8(ascii: "/"))
            && address.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path)
        self.address = isValid ? address : nil
        let isExpected = isValid && (watchdogProcess ?? "\(getpid())") == "\(getpid())"
        let interval = isExpected ? watchdog.flatMap { Int64($0) } ?? 0 : 0
        self.watchdogPeriod = interval >= 2 ? .microseconds(interval / 2) : nil
    }

    private static func takeEnvironment() -> ServiceManager {
        let names = ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]
        let values = names.map { name in getenv(name).map { String(cString: $0) } }
        for (name, value) in zip(names, values) where value != nil { unsetenv(name) }
        return ServiceManager(socket: values[0], watchdog: values[1], watchdogProcess: values[2])
    }

    // MARK: Messages

    /// Reports that the program accepts connections.
    func reportReady(_ status: String) { self.send("READY=1", status: status) }

    /// Reports that the program finishes its requests and ends.
    func reportStopping(_ status: String) { self.send("STOPPING=1", status: status) }

    /// Reports the error because of which the program ends.
    package func reportFailure(_ error: String) { self.send(status: error) }

    /// Reports that the program reads its settings again, calls `body`, and then reports that it is ready.
    ///
    /// - Parameter body: Reads the settings and returns the new status.
    package func reload(_ body: () -> String) {
        if self.address != nil {
            var now = timespec()
            clock_gettime(CLOCK_MONOTONIC, &now)
            // The time tells the manager which of its reloads this message belongs to.
            self.send("RELOADING=1", "MONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1000)")
        }
        self.reportReady(body())
    }

    /// Reports that the event loop responds. The message is dropped if the manager's queue is full.
    func reportAlive() { self.send("WATCHDOG=1", flags: Int32(MSG_DONTWAIT)) }

    /// Sends one message.
    ///
    /// - Parameter status: The status of the program for its administrator (`systemctl status`), one line.
    private func send(_ lines: String..., status: String? = nil, flags: Int32 = 0) {
        guard let address else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { Glibc.close(descriptor) }
        // A manager that does not read must not keep the program from its requests.
        var patience = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let message = Array((lines + (status.map { ["STATUS=\($0.printable)"] } ?? [])).joined(separator: "\n").utf8)
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        // The name of an abstract address ends with the length, not with a zero byte.
        let length =
            MemoryLayout.size(ofValue: target) - MemoryLayout.size(ofValue: target.sun_path) + address.count
        _ = withUnsafePointer(to: &target) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, message, message.count, Int32(MSG_NOSIGNAL) | flags, $0, socklen_t(length))
            }
        }
    }
}
