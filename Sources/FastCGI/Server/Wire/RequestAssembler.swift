/// Assembles a request's head over several reads, and replies to other records in between.
///
/// It takes bytes from an ``Inbox``, however they arrive, and keeps the parameters so far. When the head is complete,
/// it provides the same head as clean records, for libfcgi to read.
struct RequestAssembler {
    enum Step {
        /// More bytes are needed.
        case incomplete
        /// The head is complete; ``head`` and ``records`` say what it is.
        case complete
        /// These bytes are sent to the peer before the next step.
        case reply([UInt8])
    }

    let limits: RequestHead.Limits
    /// The replies to management records (FastCGI 1.0 §4.1).
    let values: ManagementValues

    private(set) var head: RequestHead?
    /// Name-value pairs. They are well-formed once the head is complete.
    private(set) var parameters: [UInt8] = []
    /// Facts that were found in the parameters.
    private(set) var facts = ParameterFacts()

    init(limits: RequestHead.Limits, values: ManagementValues) {
        self.limits = limits
        self.values = values
    }

    /// Whether a head has begun to arrive and is not complete.
    var hasBegun: Bool { self.head != nil }

    /// The memory that it holds, in bytes.
    var memory: Int { self.parameters.capacity }

    /// The complete head as clean records, without its parameters: FCGI_BEGIN_REQUEST, and the FCGI_PARAMS that ends them.
    var records: [UInt8] {
        guard let head else { return [] }
        let begin: [UInt8] = [
            UInt8(head.role >> 8), UInt8(head.role & 0xFF), head.keepsConnection ? 1 : 0, 0, 0, 0, 0, 0,
        ]
        return RecordHeader.records(.beginRequest, requestID: head.requestID, content: begin)
            + RecordHeader.records(.parameters, requestID: head.requestID, content: [])
    }

    /// Takes whole records from the front of `inbox` until the caller has to act.
    mutating func step(_ inbox: inout Inbox) throws(RequestHead.Violation) -> Step {
        while let record = try inbox.nextRecord() {
            switch (RecordHeader.Kind(rawValue: record.header.type), record.header.requestID) {
            case (_, 0):
                return .reply(self.values.answer(record.header.type, content: record.content))
            case (.beginRequest, let id):
                guard record.content.count == 8 else {
                    throw .malformed("FCGI_BEGIN_REQUEST with \(record.content.count) bytes")
                }
                guard self.head == nil else { return .reply(RecordHeader.endRequest(id, .cannotMultiplex)) }
                self.head = record.content.withUnsafeBytes { RequestHead(requestID: id, beginRequest: $0) }
            case (.parameters, self.head?.requestID):
                if record.content.isEmpty {
                    self.facts = try RequestHead.check(self.parameters, limits: self.limits)
                    return .complete
                }
                guard self.parameters.count + record.content.count <= self.limits.parameterBytes else {
                    throw .tooManyParameters(
                        "more than \(self.limits.parameterBytes) bytes of parameters (FASTCGI_PARAMETER_BYTES)")
                }
                self.parameters += record.content
            case (.abortRequest, let id) where id == self.head?.requestID:
                self.head = nil
                self.parameters = []
                return .reply(RecordHeader.endRequest(id, .requestComplete))
            case (.abortRequest, _), (.parameters, _), (.standardInput, _), (.data, _):
                // A record of a request that is over, or that was refused because it would share the connection, is skipped.
                if record.header.requestID == self.head?.requestID {
                    throw .malformed("a record of type \(record.header.type) before the parameters' end")
                }
            default:
                throw .malformed("a record of type \(record.header.type) from a web server")
            }
        }
        return .incomplete
    }
}
