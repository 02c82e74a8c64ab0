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

    /// Those of this process. SIGHUP is one unless the program handles it, or nohup(1) ignores it: a terminal that is closed, or an
    /// administrator who expects a reload, would otherwise end the process in the middle of its responses.
    private static func ownSignals() -> [Int32] {
        var action = sigaction()
        sigaction(SIGHUP, nil, &action)
        let isDefault = action.__sigaction_handler.sa_handler == nil && action.sa_flags & SA_SIGINFO == 0
        return self.signals + (isDefault ? [SIGHUP] : [])
    }

    private struct State {
        /// An eventfd(2). It is created once and kept, because a signal handler may still run on another thread when the last server has
        /// ended.
        var event: Int32 = -1
        var servers = 0
        /// The signals that were taken, and their actions before.
        var previous: [(signal: Int32, action: sigaction)] = []
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
                state.previous = self.ownSignals().map { signal in
                    var previous = sigaction()
                    linux_report_signals(signal, state.event, &previous)
                    return (signal, previous)
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
            for (signal, var action) in state.previous { sigaction(signal, &action, nil) }
        }
    }
}
