/// How long a link is good for, or until when.
enum LinkDuration: Equatable {
    /// Seconds from now.
    case lasting(Int64)
    /// Seconds since 1970.
    case until(Int64)

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

    /// The longest time, a hundred years: more is a mistake, and far from any overflow.
    private static let longest: Int64 = 100 * 366 * 86_400

    /// What has to be written.
    static let form = "a number of seconds, or a number with s, m, h or d behind it, as 90s, 30m, 1h or 7d"

    /// Reads `90s`, `30m`, `1h`, `7d`, plain seconds, or a moment such as `@1780000000`; `nil` if it is none of these.
    init?(_ text: String) {
        if text.first == "@" {
            guard let moment = Self.number(text.dropFirst()) else { return nil }
            self = .until(moment)
            return
        }
        let unit = text.last.flatMap { Self.units[$0] }
        guard let number = Self.number(unit == nil ? text[...] : text.dropLast()), number > 0,
            number <= Self.longest / (unit ?? 1)
        else { return nil }
        self = .lasting(number * (unit ?? 1))
    }

    /// When a link ends that is made at this moment, in seconds since 1970.
    func end(from now: Int64) -> Int64 {
        switch self {
        case .lasting(let seconds): now + seconds
        case .until(let moment): moment
        }
    }

    /// Digits only: no sign, no blanks.
    private static func number(_ text: Substring) -> Int64? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int64(text)
    }
}
