import SendfileBasics

/// Seconds since 1970 as they are written in links. Each number has one notation: no sign, no space, no leading zero.
package enum UnixTime {
    /// Reads a decimal number; `nil` if it is not one or is too large.
    package static func decimal(_ text: some Collection<UInt8>) -> Int64? {
        guard text.count == 1 || text.first != UInt8(ascii: "0"),
            text.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        return Int64(String(decoding: text, as: UTF8.self))
    }

    /// The times of ten decimal digits: from 2001 to 2286.
    static let tenDigits: ClosedRange<Int64> = 1_000_000_000...9_999_999_999

    /// Reads exactly eight lower-case hexadecimal digits, the first of them not zero: a time from 1978 to 2106.
    ///
    /// Where a format signs secret, path and time without a separator, a time of another length would make it possible
    /// to move its first digits to the end of the path or back, and to get a link for another time, perhaps without
    /// end.
    static func hexadecimal(_ text: some Collection<UInt8>) -> Int64? {
        guard text.count == 8, text.first != UInt8(ascii: "0"),
            !text.contains(where: { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }),
            let bytes = Hexadecimal.decode(text)
        else { return nil }
        return bytes.reduce(0) { $0 << 8 | Int64($1) }
    }

    /// The times that ``hexadecimal(_:)`` accepts.
    static let hexadecimalRange: ClosedRange<Int64> = 0x1000_0000...0xFFFF_FFFF
}
