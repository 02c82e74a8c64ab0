/// Bytes that were taken from a connection and not used yet.
struct Inbox {
    private(set) var bytes: [UInt8] = []
    private var start = 0

    var isEmpty: Bool { self.start == self.bytes.count }

    /// The memory that it holds, in bytes.
    var memory: Int { self.bytes.capacity }

    mutating func append(_ more: UnsafeRawBufferPointer.SubSequence) {
        if self.start > 0 {
            self.bytes.removeFirst(self.start)
            self.start = 0
        }
        self.bytes.append(contentsOf: more)
    }

    /// Frees the memory of the bytes that have been used.
    mutating func compact() {
        if self.isEmpty {
            self.bytes = []
            self.start = 0
        }
    }

    /// Takes the next record from the front, once it is complete.
    mutating func nextRecord() throws(RequestHead.Violation) -> (header: RecordHeader, content: [UInt8])? {
        guard let header = try self.peekHeader(), self.bytes.count - self.start >= header.recordLength else {
            return nil
        }
        let content = self.start + RecordHeader.size
        defer { self.start += header.recordLength }
        return (header, Array(self.bytes[content..<content + header.contentLength]))
    }

    /// Takes the empty FCGI_STDIN record of a request from the front, if it is there.
    mutating func skipEndOfInput(of requestID: UInt16) {
        var rest = self
        guard let (header, content) = try? rest.nextRecord(), header.requestID == requestID, content.isEmpty,
            header.type == RecordHeader.Kind.standardInput.rawValue
        else { return }
        self = rest
    }

    /// Whether an FCGI_ABORT_REQUEST for this request is at the front.
    func nextRecordAborts(_ requestID: UInt16) -> Bool {
        guard let header = try? self.peekHeader() else { return false }
        return header.type == RecordHeader.Kind.abortRequest.rawValue && header.requestID == requestID
    }

    private func peekHeader() throws(RequestHead.Violation) -> RecordHeader? {
        guard self.bytes.count - self.start >= RecordHeader.size else { return nil }
        let header = self.bytes.withUnsafeBytes { RecordHeader($0, at: self.start) }
        guard header.version == 1 else { throw .malformed("FastCGI version \(header.version)") }
        return header
    }
}
