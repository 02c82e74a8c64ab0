/// The common format of sizes in settings: a number of bytes, or a number with a unit as nginx's configuration has it.
///
/// `67108864`, `65536k`, `64m`, `64M` and `1g` are valid; `k`, `m` and `g` are 1024, 1024² and 1024³ bytes. A sign, a space, a decimal
/// and another unit are invalid.
package enum SizeText {
    /// The description of the format for error messages, for sizes of at least `minimum` bytes.
    package static func form(from minimum: Int) -> String {
        "a size such as 67108864, 65536k, 64m or 1g, \(minimum) or more; a number alone is bytes"
    }

    /// Reads a size in bytes; `nil` if it is not one or exceeds `Int.max`.
    package static func bytes(_ text: String) -> Int? {
        let unit: Int? =
            switch text.utf8.last {
            case UInt8(ascii: "k"), UInt8(ascii: "K"): 1 << 10
            case UInt8(ascii: "m"), UInt8(ascii: "M"): 1 << 20
            case UInt8(ascii: "g"), UInt8(ascii: "G"): 1 << 30
            default: nil
            }
        let digits = text.utf8.dropLast(unit == nil ? 0 : 1)
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(Substring(digits))
        else { return nil }
        let (bytes, overflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        return overflow ? nil : bytes
    }
}
