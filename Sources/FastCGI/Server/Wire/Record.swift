/// The header of a FastCGI record (FastCGI 1.0 §3.3): 8 bytes before content and padding.
struct RecordHeader {
    /// The record types of FastCGI 1.0 §8.
    enum Kind: UInt8 {
        case beginRequest = 1
        case abortRequest = 2
        case endRequest = 3
        case parameters = 4
        case standardInput = 5
        case standardOutput = 6
        case standardError = 7
        case data = 8
        case getValues = 9
        case getValuesResult = 10
        case unknownType = 11
    }

    static let size = 8
    /// The maximum size of a record's content that this library writes: a multiple of 8, so that no padding is needed.
    static let largestContent = 65_528

    var version: UInt8
    var type: UInt8
    var requestID: UInt16
    var contentLength: Int
    var paddingLength: Int

    /// Reads the header at `offset`, where `bytes` has 8 or more.
    init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
        let header = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        self.version = UInt8(truncatingIfNeeded: header >> 56)
        self.type = UInt8(truncatingIfNeeded: header >> 48)
        self.requestID = UInt16(truncatingIfNeeded: header >> 32)
        self.contentLength = Int(header >> 16 & 0xFFFF)
        self.paddingLength = Int(header >> 8 & 0xFF)
    }

    init(_ kind: Kind, requestID: UInt16, contentLength: Int) {
        self.version = 1
        self.type = kind.rawValue
        self.requestID = requestID
        self.contentLength = contentLength
        self.paddingLength = 0
    }

    /// The size of the whole record in bytes.
    var recordLength: Int { Self.size + self.contentLength + self.paddingLength }

    /// The 8 bytes.
    var bytes: [UInt8] {
        [
            self.version, self.type, UInt8(self.requestID >> 8), UInt8(self.requestID & 0xFF),
            UInt8(self.contentLength >> 8), UInt8(self.contentLength & 0xFF), UInt8(self.paddingLength), 0,
        ]
    }

    /// Whole records with `content`, split where it does not fit into one.
    static func records(_ kind: Kind, requestID: UInt16, content: [UInt8]) -> [UInt8] {
        var records: [UInt8] = []
        var start = 0
        repeat {
            let end = min(content.count, start + Self.largestContent)
            records += RecordHeader(kind, requestID: requestID, contentLength: end - start).bytes
            records += content[start..<end]
            start = end
        } while start < content.count
        return records
    }

    /// The protocol status in an FCGI_END_REQUEST record (FastCGI 1.0 §5.5).
    enum ProtocolStatus: UInt8 {
        case requestComplete = 0
        case cannotMultiplex = 1
        case overloaded = 2
        case unknownRole = 3
    }

    /// A complete response that no handler created, with the records that end its request.
    static func response(_ content: [UInt8], to requestID: UInt16, _ status: ProtocolStatus) -> [UInt8] {
        Self.records(.standardOutput, requestID: requestID, content: content)
            + Self.records(.standardOutput, requestID: requestID, content: [])
            + Self.endRequest(requestID, status)
    }

    /// A whole FCGI_END_REQUEST record.
    static func endRequest(_ requestID: UInt16, _ status: ProtocolStatus) -> [UInt8] {
        RecordHeader(.endRequest, requestID: requestID, contentLength: 8).bytes + [
            0, 0, 0, 0, status.rawValue, 0, 0, 0,
        ]
    }
}
