import Glibc
import Testing

/// Bytes for comparisons. For unequal arrays, the testing library would compute a minimal difference, which takes hours
/// for megabytes.
struct Bytes: Equatable, CustomTestStringConvertible {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var testDescription: String {
        "\(self.bytes.count) bytes: \(String(decoding: self.bytes.prefix(60), as: UTF8.self).debugDescription)"
    }
}

/// Compares the memory of two arrays. The operator of the standard library calls a function for each byte in a debug build, and takes a
/// second for some tens of megabytes.
func == (left: [UInt8], right: [UInt8]) -> Bool {
    left.count == right.count
        && left.withUnsafeBytes { left in
            right.withUnsafeBytes { right in
                left.isEmpty || memcmp(left.baseAddress!, right.baseAddress!, left.count) == 0
            }
        }
}
