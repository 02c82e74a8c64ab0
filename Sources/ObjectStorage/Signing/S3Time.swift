/// A moment as signatures contain it: `20130524T000000Z` (ISO 8601, basic format, UTC).
struct S3Time: Sendable, CustomStringConvertible {
    /// `20130524`
    let date: String
    let description: String
    let secondsSince1970: Int64

    /// Reads a time as lists contain it: `2013-05-24T00:00:00.000Z`. Fractions of a second are dropped.
    init?(iso8601 text: String) {
        let words = text.utf8.split { !(0x30...0x39).contains($0) }
        // Other numbers of digits could be too large for the calculation.
        guard words.count == 6 || words.count == 7, words.map(\.count).starts(with: [4, 2, 2, 2, 2, 2]),
            text.utf8.last == UInt8(ascii: "Z")
        else { return nil }
        let numbers = words.prefix(6).map { word in word.reduce(Int64(0)) { $0 * 10 + Int64($1 - 0x30) } }
        guard (1...12).contains(numbers[1]), (1...31).contains(numbers[2]) else { return nil }
        // The reverse of the calendar below.
        let year = numbers[1] <= 2 ? numbers[0] - 1 : numbers[0]
        let (era, marchMonth) = (year / 400, (numbers[1] + 9) % 12)
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * marchMonth + 2) / 5 + numbers[2] - 1
        let days = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        self.init(secondsSince1970: days * 86_400 + numbers[3] * 3600 + numbers[4] * 60 + numbers[5])
    }

    init(secondsSince1970 seconds: Int64) {
        self.secondsSince1970 = seconds
        let days = seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400
        let rest = seconds - days * 86_400
        // The civil calendar in eras of 400 years that begin in March (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        self.date = Self.digits(year, 4) + Self.digits(month, 2) + Self.digits(day, 2)
        self.description =
            "\(self.date)T" + Self.digits(rest / 3600, 2) + Self.digits(rest / 60 % 60, 2) + Self.digits(rest % 60, 2)
            + "Z"
    }

    private static func digits(_ number: Int64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
