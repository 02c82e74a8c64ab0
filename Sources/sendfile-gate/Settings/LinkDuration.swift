/// The lifetime of a link, or its end.
enum LinkDuration: Equatable {
    /// Seconds from now.
    case lasting(Int64)
    /// Seconds since 1970.
    case until(Int64)

    private static let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]

    /// The longest lifetime, a hundred years: longer ones are mistakes, and this is far from overflow.
    private static let longest: Int64 = 100 * 366 * 86_400

    /// The expected syntax, for error messages.
    static let form = "a number of seconds, or a number followed by s, m, h or d, such as 90s, 30m, 1h or 7d"

    /// Parses `90s`, `30m`, `1h`, `7d`, plain seconds, or a time such as `@1780000000`; `nil` if the text is none of
    /// these.
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

    /// The end of a link made at this time, in seconds since 1970.
    func end(from now: Int64) -> Int64 {
        switch self {
        case .lasting(let seconds): now + seconds
        case .until(let moment): moment
        }
    }

    /// Parses digits only: no sign, no spaces.
    private static func number(_ text: Substring) -> Int64? {
        guard text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return Int64(text)
    }
}
