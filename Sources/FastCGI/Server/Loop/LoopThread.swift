import CLinux
import Glibc

/// A thread of an event loop, detached.
///
/// SIGPIPE and every signal that the program may handle stay with the other threads: libfcgi writes with write(2), and a peer that went away
/// must end one response and not the process.
final class LoopThread: Sendable {
    private let body: @Sendable () -> Void

    private init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }

    /// Calls `body` on a new thread.
    static func start(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(LoopThread(body))
        let result = pthread_create(&thread, nil, loopThreadMain, context.toOpaque())
        guard result == 0 else {
            context.release()
            throw SystemCallError(call: "pthread_create", code: result)
        }
        pthread_detach(thread)
    }

    fileprivate func run() {
        var signals = sigset_t()
        sigfillset(&signals)
        for signal in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGPROF, SIGSYS] {
            sigdelset(&signals, signal)
        }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        self.body()
    }
}

private func loopThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<LoopThread>.fromOpaque(context!).takeRetainedValue().run()
    return nil
}
