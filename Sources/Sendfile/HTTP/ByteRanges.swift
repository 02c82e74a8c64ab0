/// Which bytes of a file a `Range` field asks for (RFC 9110 §14).
enum ByteRanges: Sendable, Hashable {
    /// All of them: the field is in another unit.
    case whole
    /// All of them, because the field asks for more than is reasonable, or for the end of an empty file.
    case wholeInstead
    /// None: there are no such bytes, or the field is malformed. Status 416.
    ///
    /// RFC 9110 §14.2 lets a server ignore or reject a malformed field. nginx and lighttpd reject it, in responses that they only
    /// pass on too, so that rejecting is the answer that can be the same everywhere.
    case unsatisfiable
    /// These, in the order in which they were asked for.
    case some([Range<Int64>])

    /// The most ranges in one request; a request for more gets the whole file (RFC 9110 §14.2 allows it, §17.15 says why).
    static let maximumCount = 16

    /// Reads a `Range` field's value for a file of `size` bytes.
    ///
    /// Ranges that overlap so much that they add up to more bytes than the file has get the whole file.
    init(_ field: String, size: Int64) {
        let unit = "bytes=".utf8
        var rest = field.utf8[...]
        guard rest.count >= unit.count, zip(rest, unit).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 }) else {
            self = .whole
            return
        }
        rest = rest.dropFirst(unit.count)

        var ranges: [Range<Int64>] = []
        var total: Int64 = 0
        var endsOfEmptyFile = false
        let specs = rest.split(separator: UInt8(ascii: ",")).map(\.trimmingBlanks).filter { !$0.isEmpty }
        guard specs.count <= Self.maximumCount else {
            self = .wholeInstead
            return
        }
        for spec in specs {
            guard let range = Self.resolve(spec, size: size) else {
                self = .unsatisfiable
                return
            }
            // The last bytes of an empty file are satisfiable (§14.1.2), but no Content-Range can name them.
            if size == 0, spec.first == UInt8(ascii: "-"), spec.contains(where: { (0x31...0x39).contains($0) }) {
                endsOfEmptyFile = true
            }
            guard !range.isEmpty else { continue }
            let length = range.upperBound - range.lowerBound
            guard length <= size - total else {
                self = .wholeInstead
                return
            }
            total += length
            ranges.append(range)
        }
        if endsOfEmptyFile {
            self = .wholeInstead
        } else {
            self = ranges.isEmpty ? .unsatisfiable : .some(ranges)
        }
    }

    /// Whether a field asks for one range, written as every client writes it: `bytes=0-499`, `bytes=500-` or `bytes=-500`.
    ///
    /// Web servers read these alike. Of several ranges lighttpd makes one, and what else RFC 9110 §5.6.1 and §14.1 allow (blanks,
    /// empty elements, an upper-case unit) is an error to one or the other.
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
        // Eighteen digits fit into every server's numbers.
        return hasHyphen && digits.0 + digits.1 > 0 && max(digits.0, digits.1) <= 18
    }

    /// The bytes that one range means: empty if it cannot be satisfied, `nil` if it is malformed.
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

    /// A number without a sign; one that is too large for any file becomes the largest there is.
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
