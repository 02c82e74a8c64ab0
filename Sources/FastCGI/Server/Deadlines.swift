import CLinux
import Glibc

/// A point in time: nanoseconds on the clock that never jumps.
struct Instant: Comparable, Sendable {
    var nanoseconds: UInt64

    static let never = Instant(nanoseconds: .max)

    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    static func after(_ duration: Duration) -> Instant {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = UInt64(max(0, seconds)).multipliedReportingOverflow(by: 1_000_000_000)
        guard !nanoseconds.overflow else { return .never }
        let sum = Self.now.nanoseconds.addingReportingOverflow(
            nanoseconds.partialValue + UInt64(max(0, attoseconds)) / 1_000_000_000)
        return sum.overflow ? .never : Instant(nanoseconds: sum.partialValue)
    }

    static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
}

/// The time limits that run on a connection; each is `never` while it does not run.
struct Deadlines {
    /// For the next request to come in whole, for its body's next bytes, or, between requests, for its first byte.
    var read = Instant.never
    /// For the handler's answer.
    var handler = Instant.never
    /// For the peer to take the next bytes of the response.
    var write = Instant.never
}
