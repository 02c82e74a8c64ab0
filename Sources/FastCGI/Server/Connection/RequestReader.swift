import CLinux
import Glibc

/// Takes bytes from a connection until a request's head is complete.
struct RequestReader {
    /// The result of reading the input.
    enum Step {
        /// A complete request, with nothing after it. It points into the buffer that was passed.
        case request(RequestHead.Whole)
        /// A request's head, which is in ``RequestReader/assembler``. Bytes after it are in ``RequestReader/inbox``.
        case head(RequestHead)
        /// No complete head, and the socket is empty.
        case pause(hasPart: Bool)
        /// No complete head. The worker continues in a later turn.
        case turn
        /// The end of the input, or an error of the socket.
        case end
    }

    /// Bytes that were taken from the connection and not used yet.
    var inbox = Inbox()
    private(set) var assembler: RequestAssembler

    init(limits: RequestHead.Limits, values: ManagementValues) {
        self.assembler = RequestAssembler(limits: limits, values: values)
    }

    /// Whether a request has begun to arrive.
    var hasPart: Bool { self.assembler.hasBegun || !self.inbox.isEmpty }

    /// The memory that it holds, in bytes.
    var memory: Int { self.inbox.memory + self.assembler.memory }

    /// Frees the memory of a request that is not begun.
    mutating func clear() {
        self = RequestReader(limits: self.assembler.limits, values: self.assembler.values)
    }

    /// Takes bytes from `descriptor` without waiting, and answers management records.
    ///
    /// - Parameters:
    ///   - buffer: Receives the bytes.
    ///   - mayHaveMore: Called when more input may be pending than was received.
    mutating func next(
        from descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, mayHaveMore: () -> Void
    ) throws(RequestHead.Violation) -> Step {
        if !self.hasPart {
            let count = Self.receive(from: descriptor, into: buffer, mayHaveMore)
            guard count > 0 else { return self.step(after: count) }
            let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer).prefix(count))
            if let whole = RequestHead.whole(in: bytes, limits: self.assembler.limits) { return .request(whole) }
            self.inbox.append(bytes[...])
        }
        var portions = 0
        while true {
            switch try self.assembler.step(&self.inbox) {
            case .complete:
                if let head = self.assembler.head { return .head(head) }
            case .reply(let bytes):
                guard Connection.sendNow(bytes, to: descriptor) else { return .end }
            case .incomplete:
                portions += 1
                guard portions <= Connection.largestTurn else { return .turn }
                let count = Self.receive(from: descriptor, into: buffer, mayHaveMore)
                guard count > 0 else { return self.step(after: count) }
                self.inbox.append(UnsafeRawBufferPointer(buffer)[..<count])
            }
        }
    }

    /// Removes the complete head.
    ///
    /// - Returns: Its records without parameters, for libfcgi, and its parameters.
    mutating func takeHead() -> (records: [UInt8], parameters: Parameters) {
        let assembler = self.assembler
        self.assembler = RequestAssembler(limits: assembler.limits, values: assembler.values)
        let role = assembler.head.flatMap { RequestHead.Role(rawValue: $0.role) } ?? .responder
        let parameters = assembler.parameters.withUnsafeBytes {
            Parameters(pairs: $0, facts: assembler.facts, role: role)
        }
        return (assembler.records, parameters)
    }

    private mutating func step(after count: Int) -> Step {
        guard count < 0, errno == EAGAIN else { return .end }
        self.inbox.compact()
        return .pause(hasPart: self.hasPart)
    }

    /// recv(2) without waiting. Returns the number of bytes, 0 at the end of input, or -1 with errno.
    static func receive(
        from descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer, _ mayHaveMore: () -> Void
    ) -> Int {
        while true {
            let count = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            if count == buffer.count { mayHaveMore() }
            if count >= 0 || errno != EINTR { return count }
        }
    }
}
