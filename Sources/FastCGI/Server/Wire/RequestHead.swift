import Glibc

/// The head of a request, checked before libfcgi reads it.
///
/// libfcgi accepts any length that a peer claims and blocks until that many bytes have arrived. So it gets only bytes
/// that are complete, well-formed and within the limits.
struct RequestHead {
    /// The role that the web server asks for (FastCGI 1.0 §6).
    enum Role: UInt16 {
        case responder = 1
        case authorizer = 2
        case filter = 3

        /// The value of `FCGI_ROLE`.
        var name: StaticString {
            switch self {
            case .responder: "RESPONDER"
            case .authorizer: "AUTHORIZER"
            case .filter: "FILTER"
            }
        }
    }

    var requestID: UInt16
    var role: UInt16
    /// Whether the web server wants to use the connection again.
    var keepsConnection: Bool

    /// Reads the content of an FCGI_BEGIN_REQUEST record, which has 8 bytes.
    init(requestID: UInt16, beginRequest content: UnsafeRawBufferPointer) {
        self.requestID = requestID
        self.role = UInt16(content[0]) << 8 | UInt16(content[1])
        self.keepsConnection = content[2] & 1 != 0
    }

    /// The reason why a request is not given to libfcgi.
    enum Violation: Error, Equatable {
        /// The peer does not send valid FastCGI. It cannot be answered.
        case malformed(String)
        /// More parameters, or more bytes of them, than the limits allow.
        case tooManyParameters(String, limit: ServerStatistics.Limit = .parameterBytes)
    }

    /// The response to a request with too many parameters. No handler gets the request.
    static let tooLarge = Array(
        """
        Status: 431 Request Header Fields Too Large\r
        Content-Type: text/plain; charset=utf-8\r
        \r
        The request's header fields are larger than this server accepts.

        """.utf8)

    /// The response to a request for a role that the program does not have.
    static let unknownRole = Array("Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\n".utf8)

    /// The limits of a request's head.
    struct Limits: Sendable {
        var parameterBytes: Int
        var parameterCount: Int

        init(parameterBytes: Int, parameterCount: Int) {
            self.parameterBytes = parameterBytes
            self.parameterCount = parameterCount
        }

        init(_ configuration: FastCGIServer.Configuration) {
            self.init(
                parameterBytes: configuration.parameterBytesLimit, parameterCount: configuration.parameterCountLimit)
        }
    }

    /// A complete request with nothing after it.
    struct Whole {
        var head: RequestHead
        /// Its FCGI_BEGIN_REQUEST record.
        var begin: UnsafeRawBufferPointer
        /// Its parameters: well-formed name-value pairs.
        var parameters: UnsafeRawBufferPointer
        var facts: ParameterFacts
        /// The bytes after the parameters, from the record that ends them.
        var rest: UnsafeRawBufferPointer
        /// The number of bytes of its body.
        var bodyLength: Int
    }

    /// Recognizes the common case without a copy: `bytes` are one whole responder request with its parameters in one record. Everything else,
    /// valid or not, is `nil` and left to ``RequestAssembler``.
    static func whole(in bytes: UnsafeRawBufferPointer, limits: Limits) -> Whole? {
        guard bytes.count >= RecordHeader.size else { return nil }
        let id = RecordHeader(bytes).requestID
        guard id != 0 else { return nil }
        var position = 0
        guard let begin = Self.content(.beginRequest, id, in: bytes, &position), begin.count == 8 else { return nil }
        let head = RequestHead(requestID: id, beginRequest: begin)
        guard head.role == Role.responder.rawValue else { return nil }
        let parametersStart = position
        guard let parameters = Self.content(.parameters, id, in: bytes, &position), !parameters.isEmpty,
            let facts = try? Self.check(parameters, limits: limits)
        else { return nil }
        let parametersEnd = position
        guard let end = Self.content(.parameters, id, in: bytes, &position), end.isEmpty else { return nil }
        var bodyLength = 0
        while true {
            guard let content = Self.content(.standardInput, id, in: bytes, &position) else { return nil }
            guard !content.isEmpty else {
                // If fewer bytes have arrived than were announced, more may follow: see ``BodyReader``.
                guard position == bytes.count, facts.contentLength ?? 0 <= bodyLength else { return nil }
                return Whole(
                    head: head, begin: UnsafeRawBufferPointer(rebasing: bytes[..<parametersStart]),
                    parameters: parameters, facts: facts,
                    rest: UnsafeRawBufferPointer(rebasing: bytes[parametersEnd...]),
                    bodyLength: bodyLength)
            }
            bodyLength += content.count
        }
    }

    /// The content of the record at `position`, if it is complete, of this kind and of this request; moves `position`
    /// after it.
    private static func content(
        _ kind: RecordHeader.Kind, _ id: UInt16, in bytes: UnsafeRawBufferPointer, _ position: inout Int
    ) -> UnsafeRawBufferPointer? {
        guard bytes.count - position >= RecordHeader.size else { return nil }
        let header = RecordHeader(bytes, at: position)
        guard header.version == 1, header.type == kind.rawValue, header.requestID == id,
            bytes.count - position >= header.recordLength
        else { return nil }
        let start = position + RecordHeader.size
        position += header.recordLength
        return UnsafeRawBufferPointer(rebasing: bytes[start..<start + header.contentLength])
    }

    /// Checks name-value pairs (FastCGI 1.0 §3.4): every length is within `parameters`, no name contains `=`, and no
    /// byte is NUL, which would end a C string early and so show a handler another path than the web server's.
    static func check(_ parameters: UnsafeRawBufferPointer, limits: Limits) throws(Violation) -> ParameterFacts {
        guard parameters.count <= limits.parameterBytes else {
            throw .tooManyParameters(
                "\(parameters.count) bytes of parameters; the limit is \(limits.parameterBytes) "
                    + "(FASTCGI_PARAMETER_BYTES)")
        }
        var facts = ParameterFacts()
        var seen = SeenNames()
        guard let start = parameters.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return facts }
        var position = 0
        var count = 0
        // Both are rare, so that one search goes over many parameters.
        var nul = ByteSearch(for: 0, in: parameters)
        var equalsSign = ByteSearch(for: UInt8(ascii: "="), in: parameters)
        while position < parameters.count {
            let before = UnsafeRawBufferPointer(start: parameters.baseAddress, count: position)
            guard let nameLength = Self.length(in: parameters, &position),
                let valueLength = Self.length(in: parameters, &position)
            else { throw .malformed("a parameter's length is cut off") }
            // Neither sum overflows: a length has 31 bits.
            guard nameLength > 0, nameLength &+ valueLength <= parameters.count &- position else {
                throw .malformed("a parameter claims more bytes than there are")
            }
            let value = position &+ nameLength
            let end = value &+ valueLength
            guard nul.first(from: position) >= end, equalsSign.first(from: position) >= value else {
                throw .malformed("a parameter's name holds \"=\", or it holds NUL")
            }
            facts.note(
                UnsafeBufferPointer(start: start + position, count: nameLength),
                UnsafeBufferPointer(start: start + value, count: valueLength), seen: &seen, after: before,
                nameStart: position)
            position = end
            count &+= 1
            guard count <= limits.parameterCount else {
                throw .tooManyParameters(
                    "more than \(limits.parameterCount) parameters (FASTCGI_PARAMETER_COUNT)", limit: .parameterCount)
            }
        }
        return facts
    }

    static func check(_ parameters: [UInt8], limits: Limits) throws(Violation) -> ParameterFacts {
        try parameters.withUnsafeBufferPointer { bytes throws(Violation) in
            try Self.check(UnsafeRawBufferPointer(bytes), limits: limits)
        }
    }

    /// Finds the next occurrence of a byte, for positions that only grow.
    private struct ByteSearch {
        private let byte: UInt8
        private let bytes: UnsafeRawBufferPointer
        private var found = -1

        init(for byte: UInt8, in bytes: UnsafeRawBufferPointer) {
            self.byte = byte
            self.bytes = bytes
        }

        /// The first one at `position` or after it; the number of bytes if there is none.
        @inline(__always)
        mutating func first(from position: Int) -> Int {
            if self.found < position { self.search(from: position) }
            return self.found
        }

        private mutating func search(from position: Int) {
            let start = self.bytes.baseAddress!
            let hit = memchr(start + position, Int32(self.byte), self.bytes.count - position)
            self.found = hit.map { UnsafeRawPointer($0) - start } ?? self.bytes.count
        }
    }

    /// A length in one byte or four; `nil` if it is cut off.
    @inline(__always)
    static func length(in parameters: UnsafeRawBufferPointer, _ position: inout Int) -> Int? {
        guard position < parameters.count else { return nil }
        let first = parameters[position]
        if first & 0x80 == 0 {
            position += 1
            return Int(first)
        }
        guard position + 4 <= parameters.count else { return nil }
        defer { position += 4 }
        return Int(UInt32(bigEndian: parameters.loadUnaligned(fromByteOffset: position, as: UInt32.self)) & 0x7FFF_FFFF)
    }
}
