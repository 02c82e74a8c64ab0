import CLinux
import Glibc
import Sendfile

/// The signals that end a program, as an event for the event loops of its servers.
///
/// swift-service-lifecycle gets signals through libdispatch. That starts a thread which asks for a higher priority than a program without
/// privileges may have, and logs the refusal in the system's log. So signals come through an eventfd(2) here,
/// which `ServerCore.report` reads.
enum StopSignals {
    private static let signals = [SIGTERM, SIGINT, SIGUSR1]

    private struct State {
        /// An eventfd(2). It is created once and kept, because a signal handler may still run on another thread when the last server has
        /// ended.
        var event: Int32 = -1
        var servers = 0
        /// The actions of the signals before.
        var previous: [sigaction] = []
    }
    private static let state = Locked(State())

    /// Takes the signals for one more server.
    ///
    /// - Returns: A descriptor that becomes readable at the first signal, and reports a change (`EPOLLET`) at each. It is not read:
    ///   every server that runs has to see it.
    static func begin() throws(SystemCallError) -> Int32 {
        try self.state.withLock { state throws(SystemCallError) in
            if state.event < 0 {
                state.event = try SystemCallError.check("eventfd", eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)))
            }
            if state.servers == 0 {
                // A signal that stopped an earlier server does not stop this one.
                var count: eventfd_t = 0
                eventfd_read(state.event, &count)
                state.previous = self.signals.map { signal in
                    var previous = sigaction()
                    linux_report_signals(signal, state.event, &previous)
                    return previous
                }
            }
            state.servers += 1
            return state.event
        }
    }

    /// Gives the signals back when the last server has ended.
    static func end() {
        self.state.withLock { state in
            state.servers -= 1
            guard state.servers == 0 else { return }
            for (signal, var previous) in zip(self.signals, state.previous) { sigaction(signal, &previous, nil) }
        }
    }
}
