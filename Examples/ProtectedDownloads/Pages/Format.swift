import FastCGI
import Glibc

/// Formats numbers for display.
enum Format {
    /// A number of bytes, such as `12 bytes`, `4.2 KiB` or `1 GiB`.
    static func size(_ bytes: Int64) -> String {
        var unit = 0
        var value = Double(bytes)
        // From 1023.95 on, one decimal of the smaller unit would be displayed as 1024.0.
        while value >= (unit == 0 ? 1024 : 1023.95), unit < 4 {
            value /= 1024
            unit += 1
        }
        guard unit > 0 else { return bytes == 1 ? "1 byte" : "\(bytes) bytes" }
        let tenths = Int((value * 10).rounded())
        let isWhole = tenths.isMultiple(of: 10) || tenths >= 1000
        let number = isWhole ? "\((tenths + 5) / 10)" : "\(tenths / 10).\(tenths % 10)"
        return "\(number) \(["", "KiB", "MiB", "GiB", "TiB"][unit])"
    }

    /// A number of things, such as `1 file` or `7 files`.
    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// The date of a time in UTC, such as `21 Nov 2026`, and the complete timestamp (RFC 3339).
    static func date(_ seconds: Int64) -> (day: String, timestamp: String) {
        var seconds = time_t(seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let year = Int(parts.tm_year) + 1900
        let date = "\(year)-\(Self.two(parts.tm_mon + 1))-\(Self.two(parts.tm_mday))"
        let clock = "\(Self.two(parts.tm_hour)):\(Self.two(parts.tm_min)):\(Self.two(parts.tm_sec))"
        return ("\(parts.tm_mday) \(months[Int(parts.tm_mon)]) \(year)", "\(date)T\(clock)Z")
    }

    /// A time in UTC, to the minute, as an element of a page: `21 Nov 2026, 16:40 UTC`.
    static func moment(_ seconds: Int64) -> HTML {
        let date = Self.date(seconds)
        let clock = String(date.timestamp.dropFirst(11).prefix(5))
        return "<time datetime=\"\(date.timestamp)\">\(date.day), \(clock) UTC</time>"
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
