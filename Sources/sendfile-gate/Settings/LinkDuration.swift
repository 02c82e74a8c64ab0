import Glibc
import SendfileBasics
import SignedLinks

/// The lifetime of a link, or its end.
enum LinkDuration: Equatable {
    /// A number of whole seconds from now.
    case lasting(Duration)
    /// Until a moment.
    case until(LinkTime)

    /// The expected syntax, for error messages.
    static let form =
        "\(DurationText.form), at least 1 second, without parts of one, and at most \(DurationText.longestText)"

    /// The expected syntax of an end, for error messages.
    static let endForm = "@ and seconds since 1970, or a date such as 2027-01-31 or 2027-01-31T18:00"

    /// Parses `90s`, `30m`, `1h`, `7d`, plain seconds, a time such as `@1780000000`, or a date; `nil` if the text is none
    /// of these.
    init?(_ text: String) {
        if text.first == "@" {
            let digits = text.dropFirst()
            guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let moment = Int64(digits)
            else { return nil }
            self = .until(LinkTime(secondsSince1970: moment))
        } else if let date = Self.date(text) {
            self = .until(date)
        } else if let duration = DurationText.duration(text), duration.components.attoseconds == 0, duration > .zero {
            self = .lasting(duration)
        } else {
            return nil
        }
    }

    /// Parses a date of ISO 8601: `2027-01-31`, the last second of that day; `2027-01-31T18:00` or
    /// `2027-01-31T18:00:00`. The time zone is the machine's, or UTC with `Z` at the end of a time.
    private static func date(_ text: String) -> LinkTime? {
        guard
            let match = text.wholeMatch(
                of: /([0-9]{4})-([0-9]{2})-([0-9]{2})(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?(Z)?)?/)
        else { return nil }
        let hasTime = match.output.4 != nil
        func number(_ part: Substring?, _ standard: Int32) -> Int32 { part.flatMap { Int32($0) } ?? standard }
        var fields = tm()
        fields.tm_year = number(match.output.1, 0) - 1900
        fields.tm_mon = number(match.output.2, 0) - 1
        fields.tm_mday = number(match.output.3, 0)
        fields.tm_hour = number(match.output.4, 23)
        fields.tm_min = number(match.output.5, 59)
        fields.tm_sec = number(match.output.6, hasTime ? 0 : 59)
        fields.tm_isdst = -1
        var normalized = fields
        let seconds = match.output.7 == nil ? mktime(&normalized) : timegm(&normalized)
        // The functions of the C library turn February 30 into March 2.
        guard normalized.tm_mon == fields.tm_mon, normalized.tm_mday == fields.tm_mday,
            (0..<24).contains(fields.tm_hour), (0..<60).contains(fields.tm_min), (0..<60).contains(fields.tm_sec)
        else { return nil }
        return LinkTime(secondsSince1970: Int64(seconds))
    }

    /// The end of a link made at this time.
    func end(from now: LinkTime) -> LinkTime {
        switch self {
        case .lasting(let duration): now + duration
        case .until(let moment): moment
        }
    }
}
