import Glibc

/// What the look at a request's bytes shows before libfcgi reads them.
///
/// libfcgi takes any length that a peer claims and blocks until it has come. So nothing is given to it that was not seen whole,
/// well-formed and within the limits.
struct RequestHead {
    /// The role that the web server asks for (FastCGI 1.0 §6).
    enum Role: UInt16 {
        case responder = 1
        case authorizer = 2
        case filter = 3
    }

    var requestID: UInt16
    var role: UInt16
    /// The web server wants to use the connection again.
    var keepsConnection: Bool

    /// Reads the content of an FCGI_BEGIN_REQUEST record, which has 8 bytes.
    init(requestID: UInt16, beginRequest content: UnsafeRawBufferPointer.SubSequence) {
        self.requestID = requestID
        self.role = UInt16(content[content.startIndex]) << 8 | UInt16(content[content.startIndex + 1])
        self.keepsConnection = content[content.startIndex + 2] & 1 != 0
    }

    /// Why a request is not given to libfcgi.
    enum Violation: Error, Equatable {
        /// What the peer sends is not FastCGI, or not as the specification says: there is nobody to answer.
        case malformed(String)
        /// More parameters, or more bytes of them, than is allowed.
        case tooManyParameters(String, limit: ServerStatistics.Limit = .parameterBytes)
    }

    /// The bounds of what is read before a handler runs.
    struct Limits: Sendable {
        var parameterBytes: Int
        var parameterCount: Int
    }

    /// A request that is here from its first byte to its last, with nothing behind it.
    struct Whole {
        var head: RequestHead
        /// The number of bytes of its body.
        var bodyLength: Int
    }

    /// Recognises the common case without copying: one responder request in `bytes`, whole, with its parameters in one
    /// record. Anything else, good or bad, is `nil` and for ``RequestAssembler`` to judge.
    static func whole(in bytes: UnsafeRawBufferPointer, limits: Limits) -> Whole? {
        var rest = bytes[...]
        func next(_ kind: RecordHeader.Kind, id: UInt16?) -> UnsafeRawBufferPointer.SubSequence? {
            guard rest.count >= RecordHeader.size else { return nil }
            let header = RecordHeader(rest)
            guard header.version == 1, header.type == kind.rawValue, header.requestID == id ?? header.requestID,
                header.requestID != 0, rest.count >= header.recordLength
            else { return nil }
            let content = rest.dropFirst(RecordHeader.size).prefix(header.contentLength)
            rest = rest.dropFirst(header.recordLength)
            return content
        }
        let id = bytes.count >= RecordHeader.size ? RecordHeader(rest).requestID : 0
        guard let begin = next(.beginRequest, id: nil), begin.count == 8 else { return nil }
        let head = RequestHead(requestID: id, beginRequest: begin)
        guard head.role == Role.responder.rawValue else { return nil }
        guard let parameters = next(.parameters, id: id), !parameters.isEmpty,
            (try? Self.check(parameters: UnsafeRawBufferPointer(rebasing: parameters), limits: limits)) != nil
        else { return nil }
        guard let end = next(.parameters, id: id), end.isEmpty else { return nil }
        var bodyLength = 0
        while true {
            let last = rest
            guard let content = next(.standardInput, id: id) else { return nil }
            if content.isEmpty {
                // libfcgi reads 8 KiB at a time and does not skip the padding behind the last record: what it leaves in the
                // socket would be taken for the next request.
                guard rest.isEmpty, last.count == RecordHeader.size else { return nil }
                return Whole(head: head, bodyLength: bodyLength)
            }
            bodyLength += content.count
        }
    }

    /// Checks name-value pairs (FastCGI 1.0 §3.4): every length within `parameters`, names that can be told from values, no
    /// NUL, which would end a C string early and so show a handler another path than the web server's.
    static func check(parameters: UnsafeRawBufferPointer, limits: Limits) throws(Violation) {
        guard parameters.count <= limits.parameterBytes else {
            throw .tooManyParameters(
                "\(parameters.count) bytes of parameters; the limit is \(limits.parameterBytes) "
                    + "(FASTCGI_PARAMETER_BYTES)")
        }
        var position = 0
        func length() throws(Violation) -> Int {
            guard position < parameters.count else { throw .malformed("a parameter's length is cut off") }
            let first = parameters[position]
            position += 1
            guard first & 0x80 != 0 else { return Int(first) }
            guard position + 3 <= parameters.count else { throw .malformed("a parameter's length is cut off") }
            defer { position += 3 }
            return Int(first & 0x7F) << 24 | Int(parameters[position]) << 16 | Int(parameters[position + 1]) << 8
                | Int(parameters[position + 2])
        }
        var count = 0
        while position < parameters.count {
            let nameLength = try length()
            let valueLength = try length()
            guard nameLength > 0, nameLength + valueLength <= parameters.count - position else {
                throw .malformed("a parameter claims more bytes than there are")
            }
            let start = parameters.baseAddress! + position
            guard memchr(start, Int32(UInt8(ascii: "=")), nameLength) == nil,
                memchr(start, 0, nameLength + valueLength) == nil
            else { throw .malformed("a parameter's name holds \"=\", or it holds NUL") }
            position += nameLength + valueLength
            count += 1
            guard count <= limits.parameterCount else {
                throw .tooManyParameters(
                    "more than \(limits.parameterCount) parameters (FASTCGI_PARAMETER_COUNT)", limit: .parameterCount)
            }
        }
    }
}
