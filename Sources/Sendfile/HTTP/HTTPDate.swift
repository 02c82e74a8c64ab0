import Glibc
import SendfileBasics

/// A date of HTTP (RFC 9110 §5.6.7), in whole seconds since 1970.
package struct HTTPDate: Sendable, Hashable {
    /// Seconds since 1970-01-01T00:00:00Z.
    package let seconds: Int64

    private static let dayNames: StaticString = "MonTueWedThuFriSatSun"
    private static let monthNames: StaticString = "JanFebMarAprMayJunJulAugSepOctNovDec"
    private static let secondsPerDay: Int64 = 86_400
    /// The years 0 to 9999.
    private static let writable: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    package init(seconds: Int64) {
        self.seconds = seconds
    }

    /// Whether the year has four digits.
    var isWritable: Bool { Self.writable.contains(self.seconds) }

    /// The date in the preferred form, `Sun, 06 Nov 1994 08:49:37 GMT`; `nil` for a year without exactly four digits.
    package var text: String? {
        guard self.isWritable else { return nil }
        return String(unsafeUninitializedCapacity: Self.length) { buffer in
            var writer = ByteWriter(buffer)
            self.write(to: &writer)
            return writer.count
        }
    }

    /// The length of the preferred form in bytes.
    private static let length = 29

    /// Writes the preferred form of a writable date.
    func write(to writer: inout ByteWriter) {
        let day = Int(self.seconds.dividedFloor(by: Self.secondsPerDay))
        let time = Int(self.seconds - Int64(day) * Self.secondsPerDay)
        let (year, month, dayOfMonth) = Self.civil(day: day)
        // 1970-01-01 was a Thursday.
        let weekday = (day % 7 + 7 + 3) % 7
        let form: StaticString = "day, 00 mon 0000 00:00:00 GMT"
        writer.put(Self.length) { text in
            func put(_ number: Int, at index: Int) {
                let number = UInt32(truncatingIfNeeded: number)
                text[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number / 10)
                text[index + 1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number % 10)
            }
            text.update(from: form.utf8Start, count: Self.length)
            text.update(from: Self.name(weekday, of: Self.dayNames).baseAddress!, count: 3)
            put(dayOfMonth, at: 5)
            (text + 8).update(from: Self.name(month - 1, of: Self.monthNames).baseAddress!, count: 3)
            put(year / 100, at: 12)
            put(year % 100, at: 14)
            put(time / 3600, at: 17)
            put(time / 60 % 60, at: 20)
            put(time % 60, at: 23)
        }
    }

    /// Parses a date in any of the three forms of RFC 9110 §5.6.7.
    ///
    /// - Parameters:
    ///   - text: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
    ///   - now: The current time in seconds since 1970, which determines the century of a two-digit year.
    package init?(_ text: String, now: Int64 = Int64(time(nil))) {
        let parts = text.utf8.split(separator: UInt8(ascii: " "))
        let fields:
            (day: Substring.UTF8View, month: Substring.UTF8View, year: Substring.UTF8View, time: Substring.UTF8View)
        switch parts.count {
        case 6 where parts[5].elementsEqual("GMT".utf8) && parts[0].count == 4 && parts[0].last == UInt8(ascii: ","):
            guard parts[3].count == 4, parts[1].count == 2 else { return nil }
            fields = (parts[1], parts[2], parts[3], parts[4])
        case 4 where parts[3].elementsEqual("GMT".utf8) && parts[0].last == UInt8(ascii: ","):
            let date = parts[1].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
            guard date.count == 3, date[0].count == 2, date[2].count == 2, parts[0].count >= 7 else { return nil }
            fields = (date[0], date[1], date[2], parts[2])
        case 5 where parts[0].count == 3:
            guard parts[4].count == 4 else { return nil }
            fields = (parts[2], parts[1], parts[4], parts[3])
        default: return nil
        }

        let clock = fields.time.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard Self.isDayName(parts[0]), let day = Self.number(fields.day), let month = Self.month(fields.month),
            var year = Self.number(fields.year), clock.count == 3, clock.allSatisfy({ $0.count == 2 }),
            let hour = Self.number(clock[0]), let minute = Self.number(clock[1]), let second = Self.number(clock[2]),
            hour < 24, minute < 60, second <= 60
        else { return nil }

        if fields.year.count == 2 {
            // A date more than 50 years in the future means the most recent year in the past with these digits.
            let thisYear = Self.civil(day: Int(now.dividedFloor(by: Self.secondsPerDay))).year
            year += thisYear / 100 * 100
            if year > thisYear + 50 { year -= 100 }
        }
        let days = Self.day(year: year, month: month, day: day)
        guard day >= 1, Self.civil(day: days) == (year, month, day) else { return nil }
        self.seconds = Int64(days) * Self.secondsPerDay + Int64(hour * 3600 + minute * 60 + second)
    }

    private static func isDayName(_ name: Substring.UTF8View) -> Bool {
        guard name.count >= 3 else { return false }
        return (0..<7).contains { name.prefix(3).elementsEqual(Self.name($0, of: Self.dayNames)) }
    }

    private static func month(_ name: Substring.UTF8View) -> Int? {
        guard name.count == 3 else { return nil }
        return (0..<12).first { name.elementsEqual(Self.name($0, of: Self.monthNames)) }.map { $0 + 1 }
    }

    /// One of the three-letter names that are concatenated in `names`.
    private static func name(_ index: Int, of names: StaticString) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: names.utf8Start + index * 3, count: 3)
    }

    private static func number(_ digits: Substring.UTF8View) -> Int? {
        guard (1...4).contains(digits.count) else { return nil }
        var number = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return number
    }

    // Count days in eras of 400 years that begin on the first of March, so that the leap day is the last day of a year
    // (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").

    private static func civil(day: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = day + 719_468
        let era = Int(Int64(shifted).dividedFloor(by: 146_097))
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func day(year: Int, month: Int, day: Int) -> Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = Int(Int64(shiftedYear).dividedFloor(by: 400))
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Int64 {
    fileprivate func dividedFloor(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
