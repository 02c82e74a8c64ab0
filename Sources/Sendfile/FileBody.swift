/// The bytes of a streamed response: parts of one open file, and the text between them.
///
/// A whole file or a single range is one part; `multipart/byteranges` (RFC 9110 §14.6) has boundaries between the
/// ranges.
public struct FileBody: Sendable {
    /// One part of the body.
    public enum Part: Sendable, Equatable {
        /// These bytes of the file, as offsets from its start.
        case file(Range<Int64>)
        /// These bytes, literally.
        case bytes([UInt8])
    }

    /// The file, which stays open while this value exists.
    public let file: OpenFile

    /// The parts, in order.
    public let parts: [Part]

    /// The number of bytes of all parts: the Content-Length.
    public let length: Int64

    /// Creates the body of a response from parts of `file`.
    public init(file: OpenFile, parts: [Part]) {
        self.file = file
        self.parts = parts
        self.length = parts.reduce(0) { sum, part in
            switch part {
            case .file(let range): sum + Int64(range.count)
            case .bytes(let bytes): sum + Int64(bytes.count)
            }
        }
    }

    /// Whether the body contains every byte of the file.
    var holdsWholeFile: Bool { self.parts == [.file(0..<self.file.size)] }

    /// Creates the body with the whole of `file`.
    public init(_ file: OpenFile) {
        self.init(file: file, parts: [.file(0..<file.size)])
    }
}
