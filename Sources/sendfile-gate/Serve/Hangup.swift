import CLinux
import Glibc

/// SIGHUP, which tells a program to read its settings again and by default ends it.
///
/// It is reported through an eventfd(2). sigwait(3) is not an option: libdispatch waits on the main thread with all
/// signals unblocked, so that thread receives them.
enum Hangup {
    /// Calls `body` on a thread of its own each time that SIGHUP arrives, until the program ends.
    static func onEach(_ body: @escaping @Sendable () -> Void) throws(GateError) {
        hangupEvent = eventfd(0, Int32(EFD_CLOEXEC))
        var thread = pthread_t()
        let waiter = Unmanaged.passRetained(HangupWaiter(event: hangupEvent, body))
        guard hangupEvent >= 0, pthread_create(&thread, nil, hangupThreadMain, waiter.toOpaque()) == 0 else {
            waiter.release()
            throw GateError(.operatingSystem, "no thread or descriptor is left to wait for SIGHUP")
        }
        pthread_detach(thread)
        signal(SIGHUP, hangupArrived)
    }
}

/// The eventfd(2) of ``Hangup``. It is set once, before the handler that reads it is installed.
private nonisolated(unsafe) var hangupEvent: Int32 = -1

/// The handler of the signal, which only calls a function that is safe in one, and leaves `errno` as it was.
private func hangupArrived(_ signal: Int32) {
    let code = errno
    eventfd_write(hangupEvent, 1)
    errno = code
}

/// The body of the thread that waits for the signal.
private final class HangupWaiter: Sendable {
    private let event: Int32
    private let body: @Sendable () -> Void

    init(event: Int32, _ body: @escaping @Sendable () -> Void) {
        self.event = event
        self.body = body
    }

    func run() {
        var count: eventfd_t = 0
        while true {
            // A handler of another signal may interrupt the call.
            if eventfd_read(self.event, &count) == 0 { self.body() } else if errno != EINTR { return }
        }
    }
}

private func hangupThreadMain(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    Unmanaged<HangupWaiter>.fromOpaque(context!).takeRetainedValue().run()
    return nil
}
