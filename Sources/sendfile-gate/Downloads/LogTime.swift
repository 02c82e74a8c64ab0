import CLinux
import Glibc

/// Times of log lines, in seconds since 1970.
enum LogTime {
    /// The difference in seconds that times of one moment may have, because logs round to milliseconds.
    static let precision = 0.002

    /// Reads a time such as `2026-11-21T15:04:05.123Z` or `2026-11-21T16:04:05+01:00` (RFC 3339); `nil` if it is not one.
    static func seconds(_ text: String) -> Double? {
        let bytes = Array(text.utf8)
        func digits(_ start: Int, _ count: Int) -> Int32? {
            guard start + count <= bytes.count else { return nil }
            var number: Int32 = 0
            for byte in bytes[start..<start + count] {
                guard (0x30...0x39).contains(byte) else { return nil }
                number = number * 10 + Int32(byte - 0x30)
            }
            return number
        }
        let separators = zip([4, 7, 10, 13, 16], "--T::".utf8)
        guard bytes.count >= 20, separators.allSatisfy({ bytes[$0] == $1 }), let year = digits(0, 4),
            let month = digits(5, 2),
            let day = digits(8, 2), let hour = digits(11, 2), let minute = digits(14, 2), let second = digits(17, 2),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 61
        else { return nil }
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (year - 1900, month - 1, day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (hour, minute, second)
        var seconds = Double(timegm(&parts))
        var rest = bytes[19...]
        if rest.first == UInt8(ascii: ".") {
            let fraction = rest.dropFirst().prefix { (0x30...0x39).contains($0) }
            seconds += Double("0." + String(decoding: fraction, as: UTF8.self)) ?? 0
            rest = rest[fraction.endIndex...]
        }
        if rest.elementsEqual("Z".utf8) { return seconds }
        guard rest.count == 6, let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+"),
            rest[rest.startIndex + 3] == UInt8(ascii: ":"), let hours = digits(rest.startIndex + 1, 2),
            let minutes = digits(rest.startIndex + 4, 2)
        else { return nil }
        let offset = Double(hours * 3600 + minutes * 60)
        return sign == UInt8(ascii: "-") ? seconds + offset : seconds - offset
    }

    /// The time to the second: `2026-11-21T15:04:05Z`.
    static func text(_ seconds: Double) -> String {
        // Of a year with more than four digits, no log has a line.
        var time = time_t(min(max(seconds, 0), 253_402_300_799))
        var parts = tm()
        gmtime_r(&time, &parts)
        func digits(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(parts.tm_year + 1900)-\(digits(parts.tm_mon + 1))-\(digits(parts.tm_mday))T"
            + "\(digits(parts.tm_hour)):\(digits(parts.tm_min)):\(digits(parts.tm_sec))Z"
    }

    /// The current time.
    static var now: Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}
