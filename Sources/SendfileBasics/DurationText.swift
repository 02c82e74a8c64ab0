/// The common format of durations in settings and options: a number with a unit, or a number of seconds.
///
/// `30`, `30s`, `1.5s`, `500ms`, `5m`, `1h`, `7d` and `2w` are valid. A sign, a space, an exponent and two units in one
/// text are invalid.
package enum DurationText {
    /// The description of the format for error messages.
    package static let form = "a time such as 30, 30s, 1.5s, 500ms, 5m, 1h, 7d or 2w; a number alone is seconds"

    /// The longest time, a hundred years: a longer one is a mistake, and this one is far from any overflow.
    package static let longest = Duration.seconds(100 * 366 * 86_400)

    /// The description of ``longest`` for error messages.
    package static let longestText = "36600d (a hundred years)"

    private static let units: [(suffix: String, nanoseconds: Int64)] = [
        ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
        ("d", 86_400_000_000_000), ("w", 604_800_000_000_000),
    ]

    /// Reads a time; `nil` if it is not one or is longer than ``longest``.
    package static func duration(_ text: String) -> Duration? {
        let unit = self.units.first { text.hasSuffix($0.suffix) } ?? (suffix: "", nanoseconds: 1_000_000_000)
        let parts = text.dropLast(unit.suffix.count).split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count <= 2, let whole = self.number(parts[0]) else { return nil }
        let (nanoseconds, overflow) = whole.multipliedReportingOverflow(by: unit.nanoseconds)
        guard !overflow else { return nil }
        var duration = Duration.nanoseconds(nanoseconds)
        if parts.count == 2 {
            // Nanoseconds are the smallest supported part of a second: further decimals have no meaning.
            guard parts[1].count <= 9, let decimals = self.number(parts[1]) else { return nil }
            let scale = (0..<parts[1].count).reduce(Int64(1)) { scale, _ in scale * 10 }
            duration += .nanoseconds(unit.nanoseconds / scale * decimals + unit.nanoseconds % scale * decimals / scale)
        }
        return duration <= self.longest ? duration : nil
    }

    /// Digits only: no sign, no spaces.
    private static func number(_ text: Substring) -> Int64? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int64(text)
    }

    /// Formats a duration in seconds: `30s`, `3600s`, `1.5s`.
    package static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = attoseconds / 1_000_000_000
        guard nanoseconds == 0 else {
            let digits = String(nanoseconds)
            var text = "\(seconds)." + String(repeating: "0", count: 9 - digits.count) + digits
            while text.last == "0" { text.removeLast() }
            return text + "s"
        }
        return "\(seconds)s"
    }
}
