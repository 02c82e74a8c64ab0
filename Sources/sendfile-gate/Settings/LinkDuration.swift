import SendfileBasics
import SignedLinks

/// The lifetime of a link, or its end.
enum LinkDuration: Equatable {
    /// A number of whole seconds from now.
    case lasting(Duration)
    /// Until a moment.
    case until(LinkTime)

    /// The expected syntax, for error messages.
    static let form = "\(DurationText.form), at least 1 second and without parts of one"

    /// Parses `90s`, `30m`, `1h`, `7d`, plain seconds, or a time such as `@1780000000`; `nil` if the text is none of
    /// these.
    init?(_ text: String) {
        if text.first == "@" {
            let digits = text.dropFirst()
            guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
                let moment = Int64(digits)
            else { return nil }
            self = .until(LinkTime(secondsSince1970: moment))
            return
        }
        guard let duration = DurationText.duration(text), duration.components.attoseconds == 0, duration > .zero else {
            return nil
        }
        self = .lasting(duration)
    }

    /// The end of a link made at this time.
    func end(from now: LinkTime) -> LinkTime {
        switch self {
        case .lasting(let duration): now + duration
        case .until(let moment): moment
        }
    }
}
