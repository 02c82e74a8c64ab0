import Glibc

/// The names of the parameters read so far, to detect a name that occurs twice with different values.
///
/// A Bloom filter: nearly every new name is recognized as new without comparing it with the others. Names that begin
/// with `HTTP_` are ignored, because a client may send a header field in several lines, which ``Parameters`` joins.
struct SeenNames {
    private var bits = InlineArray<4, UInt64>(repeating: 0)

    /// Adds a name of at least one byte. Returns false if the name is certainly new or is a client's header
    /// field (`HTTP_…`), and true if the name may have occurred.
    @inline(__always)
    mutating func mayHaveSeen(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        let count = name.count
        guard !Self.isField(name) else { return false }
        let letters =
            UInt32(name[0]) | UInt32(name[count / 2]) << 8 | UInt32(name[count - 1]) << 16
            | UInt32(name[count / 4 * 3]) << 24
        let hash = (letters ^ UInt32(truncatingIfNeeded: count) &* 0x9E37_79B1) &* 0x85EB_CA77
        let bit = UInt64(1) << UInt64(hash >> 26)
        let word = Int(hash >> 24 & 3)
        defer { self.bits[word] |= bit }
        return self.bits[word] & bit != 0
    }

    /// Whether a parameter of this name is a header field of the client.
    @inline(__always)
    static func isField(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
        guard name.count > 5 else { return false }
        let start = UnsafeRawPointer(name.baseAddress!).loadUnaligned(as: UInt32.self)
        return start == UInt32(bigEndian: 0x4854_5450) && name[4] == UInt8(ascii: "_")
    }

    /// Whether one of the well-formed pairs has this name and another value.
    @inline(never)
    static func isContradicted(
        _ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, by pairs: UnsafeRawBufferPointer
    ) -> Bool {
        var position = 0
        while let nameLength = RequestHead.length(in: pairs, &position),
            let valueLength = RequestHead.length(in: pairs, &position)
        {
            let other = pairs.baseAddress! + position
            position += nameLength + valueLength
            guard nameLength == name.count, memcmp(other, name.baseAddress!, nameLength) == 0 else { continue }
            // Compare with the first pair of this name. If a later one differed, it was detected when it was read.
            return valueLength != value.count
                || valueLength > 0 && memcmp(other + nameLength, value.baseAddress!, valueLength) != 0
        }
        return false
    }
}
