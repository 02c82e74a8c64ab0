import CLinux
import Glibc

/// A point in time: nanoseconds on the monotonic clock.
struct Instant: Comparable, Hashable, Sendable {
    var nanoseconds: UInt64

    static let never = Instant(nanoseconds: .max)

    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec))
    }

    static func after(_ duration: Duration) -> Instant { .after(Interval(duration)) }

    static func after(_ interval: Interval) -> Instant { Self.now.advanced(by: interval) }

    func advanced(by interval: Interval) -> Instant {
        let sum = self.nanoseconds.addingReportingOverflow(interval.nanoseconds)
        return sum.overflow ? .never : Instant(nanoseconds: sum.partialValue)
    }

    static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }
}

/// A duration in nanoseconds. A `Duration` has 128 bits, whose division at each request would cost more than reading the clock.
struct Interval: Hashable, Sendable {
    let nanoseconds: UInt64

    /// Zero for a negative duration, and no end for one of more than 584 years.
    init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        let whole = UInt64(max(0, seconds)).multipliedReportingOverflow(by: 1_000_000_000)
        let sum = whole.partialValue.addingReportingOverflow(UInt64(max(0, attoseconds)) / 1_000_000_000)
        self.nanoseconds = whole.overflow || sum.overflow ? .max : sum.partialValue
    }
}
