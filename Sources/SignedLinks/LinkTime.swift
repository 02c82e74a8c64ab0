import Glibc

/// A moment in whole seconds: when a link expires, or when it is verified.
///
/// ```swift
/// let link = try links.link(to: "reports/q3.pdf", expires: .now + .seconds(3600))
/// let verdict = links.verify(path: path, query: query, at: LinkTime(secondsSince1970: 1_780_000_000))
/// ```
///
/// The moment of a Foundation `Date` is `LinkTime(secondsSince1970: Int64(date.timeIntervalSince1970))`.
public struct LinkTime: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The seconds since the beginning of 1970 in UTC, without leap seconds.
    public let secondsSince1970: Int64

    /// Creates a time from seconds since 1970.
    public init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
    }

    /// The current time.
    public static var now: Self { Self(secondsSince1970: Int64(time(nil))) }

    /// The time after a duration, of which fractions of a second are ignored. A result out of range becomes the nearest
    /// possible time.
    public static func + (moment: Self, duration: Duration) -> Self {
        let seconds = duration.components.seconds
        let (sum, overflow) = moment.secondsSince1970.addingReportingOverflow(seconds)
        return Self(secondsSince1970: overflow ? (seconds < 0 ? .min : .max) : sum)
    }

    /// The time before a duration.
    public static func - (moment: Self, duration: Duration) -> Self {
        let seconds = duration.components.seconds
        let (difference, overflow) = moment.secondsSince1970.subtractingReportingOverflow(seconds)
        return Self(secondsSince1970: overflow ? (seconds < 0 ? .max : .min) : difference)
    }

    public static func < (first: Self, second: Self) -> Bool { first.secondsSince1970 < second.secondsSince1970 }

    /// The seconds since 1970.
    public var description: String { String(self.secondsSince1970) }
}
