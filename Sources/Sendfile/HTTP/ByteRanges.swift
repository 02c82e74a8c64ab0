/// The bytes of a file that a `Range` field requests (RFC 9110 §14).
enum ByteRanges: Sendable, Hashable {
    /// The whole file: the field uses another unit.
    case whole
    /// The whole file, because the field requests more than is reasonable, or the end of an empty file.
    case wholeInstead
    /// No bytes: none exist, or the field is malformed. Status 416.
    ///
    /// RFC 9110 §14.2 permits a server to ignore or reject a malformed field. nginx and lighttpd reject it, even in
    /// responses that they only pass on, so only rejecting it gives the same response everywhere.
    case unsatisfiable
    /// These ranges, in the requested order.
    case some([Range<Int64>])

    /// The maximum number of ranges in one request; a request for more gets the whole file (permitted by RFC 9110
    /// §14.2, motivated by §17.15).
    static let maximumCount = 16

    /// Parses a `Range` field's value for a file of `size` bytes.
    ///
    /// Overlapping ranges that add up to more bytes than the file get the whole file.
    init(_ field: String, size: Int64) {
        let unit = "bytes=".utf8
        var rest = field.utf8[...]
        guard rest.count >= unit.count,
            zip(rest, unit).allSatisfy({ $0 == $1 || $0 >= UInt8(ascii: "A") && $0 | 0x20 == $1 })
        else {
            self = .whole
            return
        }
        rest = rest.dropFirst(unit.count)

        var ranges: [Range<Int64>] = []
        var total: Int64 = 0
        var isTooMuch = false
        var endsOfEmptyFile = false
        let specs = rest.split(separator: UInt8(ascii: ",")).map(\.trimmingSpaces).filter { !$0.isEmpty }
        guard specs.count <= Self.maximumCount else {
            self = .wholeInstead
            return
        }
        for spec in specs {
            guard let range = Self.resolve(spec, size: size) else {
                self = .unsatisfiable
                return
            }
            // The last bytes of an empty file are satisfiable (§14.1.2), but cannot be expressed in a Content-Range.
            if size == 0, spec.first == UInt8(ascii: "-"), spec.contains(where: { (0x31...0x39).contains($0) }) {
                endsOfEmptyFile = true
            }
            // A later range may be malformed.
            guard !range.isEmpty, !isTooMuch else { continue }
            let length = range.upperBound - range.lowerBound
            guard length <= size - total else {
                isTooMuch = true
                continue
            }
            total += length
            ranges.append(range)
        }
        if endsOfEmptyFile || isTooMuch {
            self = .wholeInstead
        } else {
            self = ranges.isEmpty ? .unsatisfiable : .some(ranges)
        }
    }

    /// Whether a field requests one range in the usual form: `bytes=0-499`, `bytes=500-` or `bytes=-500`.
    ///
    /// Web servers treat only these alike. lighttpd merges several ranges, and some servers reject other forms that RFC
    /// 9110 §5.6.1 and §14.1 permit (spaces, empty elements, an upper-case unit).
    static func isRegular(_ field: String) -> Bool {
        var digits = (0, 0)
        var hasHyphen = false
        guard field.utf8.starts(with: "bytes=".utf8) else { return false }
        for byte in field.utf8.dropFirst("bytes=".utf8.count) {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): if hasHyphen { digits.1 += 1 } else { digits.0 += 1 }
            case UInt8(ascii: "-") where !hasHyphen: hasHyphen = true
            default: return false
            }
        }
        // Eighteen digits fit into the number types of every server.
        return hasHyphen && digits.0 + digits.1 > 0 && max(digits.0, digits.1) <= 18
    }

    /// The bytes of one range: empty if it cannot be satisfied, `nil` if it is malformed.
    private static func resolve(_ spec: Substring.UTF8View, size: Int64) -> Range<Int64>? {
        guard let hyphen = spec.firstIndex(of: UInt8(ascii: "-")) else { return nil }
        let (firstDigits, lastDigits) = (spec[..<hyphen], spec[spec.index(after: hyphen)...])
        if firstDigits.isEmpty {
            guard let suffix = Self.number(lastDigits) else { return nil }
            return max(0, size - suffix)..<size
        }
        guard let first = Self.number(firstDigits) else { return nil }
        var end = size
        if !lastDigits.isEmpty {
            guard let last = Self.number(lastDigits), first <= last else { return nil }
            end = min(last, size - 1) + 1
        }
        return first < size ? first..<end : 0..<0
    }

    /// Parses a number without a sign; one that exceeds every file size becomes the largest number.
    private static func number(_ digits: Substring.UTF8View) -> Int64? {
        guard !digits.isEmpty else { return nil }
        var number: Int64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            let (product, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, overflowToo) = product.addingReportingOverflow(Int64(digit - UInt8(ascii: "0")))
            number = overflow || overflowToo ? .max : sum
        }
        return number
    }
}
