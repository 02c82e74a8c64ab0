import CLinux
import Glibc

/// A periodic timer for an event loop: a timerfd(2).
///
/// Any thread may call its functions. The descriptor is open as long as the timer exists.
final class LoopTimer: Sendable {
    let descriptor: Int32

    /// Creates a timer that is not set.
    init() throws(SystemCallError) {
        self.descriptor = try SystemCallError.check(
            "timerfd_create", timerfd_create(CLOCK_MONOTONIC, Int32(TFD_NONBLOCK | TFD_CLOEXEC)))
    }

    deinit {
        Glibc.close(self.descriptor)
    }

    /// Makes the descriptor readable after each period. Zero stops the timer.
    func set(_ period: Duration) {
        let (seconds, attoseconds) = period.components
        let interval = timespec(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
        var setting = itimerspec(it_interval: interval, it_value: interval)
        timerfd_settime(self.descriptor, 0, &setting, nil)
    }

    /// Takes the periods that have passed, so that the descriptor is not readable until the next one has.
    func take() {
        var count: UInt64 = 0
        read(self.descriptor, &count, MemoryLayout<UInt64>.size)
    }
}
