import CLinux
import Glibc

/// The current time in UTC for logs (RFC 3339).
enum Timestamp {
    /// The time to the second or to the millisecond: `2026-11-21T15:04:05Z`, `2026-11-21T15:04:05.123Z`.
    static func now(milliseconds: Bool = false) -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        var parts = tm()
        gmtime_r(&now.tv_sec, &parts)
        func digits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let time =
            "\(parts.tm_year + 1900)-\(digits(parts.tm_mon + 1))-\(digits(parts.tm_mday))T"
            + "\(digits(parts.tm_hour)):\(digits(parts.tm_min)):\(digits(parts.tm_sec))"
        guard milliseconds else { return time + "Z" }
        let fraction = String(now.tv_nsec / 1_000_000)
        return "\(time).\(String(repeating: "0", count: 3 - fraction.count))\(fraction)Z"
    }
}
