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
