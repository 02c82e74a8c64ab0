import CLinux
import Glibc
import Logging
import Sendfile

/// A connection from a web server, and the only owner of libfcgi's request on it.
///
/// `@unchecked Sendable` holds by one rule: at any time one party *drives* the connection, and only that party touches the
/// descriptor's input, `inbox`, `assembler`, `library` and `body`. The party is the worker that accepted the connection, or the
/// worker that found it idle when bytes came (``deliver(_:on:)``), or the task that handles its request. Everything that others
/// may touch is in `state`, behind its lock.
final class Connection: @unchecked Sendable {
    let descriptor: Int32
    /// The peer is on this machine, on a Unix socket.
    let isLocal: Bool
    let server: ServerCore
    /// The server's: found here, it costs no count of a reference that all threads share.
    let observer: ServerObserver
    let origin: RequestOrigin

    // The driver's.
    let library = LibraryRequest()
    var inbox = Inbox()
    var assembler: RequestAssembler
    var body: BodyReader?
    var keepsConnection = false
    /// The next request's place in the server's ``RequestBudget`` is taken.
    var hasPlace = true
    /// The time limit for a request's head runs.
    var isHeadTimed = false
    /// When the request that is being handled had come.
    var requestStart = Instant.never
    /// The status of the response that is being written.
    var sentStatus = 0
    /// How much of its file had been written when it was given up.
    var sentBytes: Int64 = 0
    /// What is bound to the request's task.
    var scope: RequestScope?
    /// The bytes that a lingering connection may still read and drop.
    var lingerBytesLeft = 0

    /// Somebody who waits for the socket.
    typealias Waiter = UnsafeContinuation<Void, Never>

    let state = Locked(State())

    struct State {
        enum Phase {
            /// Somebody drives the connection.
            case driven
            /// Nobody does: the first event makes its worker the driver.
            case idle
            /// The response has been sent; what the peer still sends is read and dropped until it closes.
            case lingering
            case closed
        }

        var phase = Phase.driven
        /// No request has come on it yet.
        var isFresh = true
        /// The connection's token in the event loop; `nil` until somebody has had to wait for it.
        var token: UInt64?
        var reportsWritable = false
        /// What was reported while nobody waited for it.
        var isReadable = false
        var isWritable = false
        /// The peer is gone, or a time limit has passed: nothing more can come or go.
        var isBroken = false
        /// The peer has ended its sending side, which is reported once: perhaps together with its last request.
        var isEnded = false
        /// The peer is gone, which is reported once: perhaps to somebody who had just begun to read a request.
        var isGone = false
        /// This program itself has ended the input: the connection is not kept.
        var isInputShut = false
        /// The web server has asked to end the request that is being handled.
        var isAborted = false
        /// The body has not come in time. The response may still be written.
        var isLate = false
        /// The limit that ends the wait for the body's next bytes.
        var readerLimit = ServerStatistics.Limit.readTimeout
        /// When a lingering connection is closed even if the peer keeps sending.
        var lingerEnd = Instant.never
        /// Who waits for the body's next bytes: more than one, if a handler reads it in several tasks.
        var readers: [Waiter] = []
        var writer: Waiter?
        /// The request that is being handled.
        var request: Request?
        /// What runs it, until it is finished.
        var runner: RequestRunner?
        /// The web server's number of that request.
        var wireID: UInt16 = 0
        /// Its body has been read to the end: what comes now can only be an abort, or the next request.
        var inputIsComplete = false
        /// Somebody has the right to write the response.
        var isAnswered = false
        var deadlines = Deadlines()

        /// To be called outside of the lock: ends the handler of the request that is being handled.
        func cancellation() -> RequestRunner.Cancellation? { self.runner.map { RequestRunner.Cancellation(of: $0) } }

        /// Those who wait for the body, to be resumed outside of the lock.
        mutating func takeReaders() -> [Waiter] {
            guard !self.readers.isEmpty else { return [] }
            self.deadlines.read = .never
            defer { self.readers = [] }
            return self.readers
        }
    }

    init(descriptor: Int32, isLocal: Bool, server: ServerCore) {
        self.descriptor = descriptor
        self.isLocal = isLocal
        self.server = server
        self.observer = server.observer
        self.origin = RequestOrigin(observer: server.observer)
        server.observer.connectionAccepted()
        self.assembler = RequestAssembler(limits: server.limits, values: server.values)
    }

    // MARK: Events

    private enum Action {
        case nothing
        case drive
        case drop
        case wake([Waiter], Waiter?, RequestRunner.Cancellation?)
    }

    /// Takes an event from the loop.
    func deliver(_ events: UInt32, on worker: Worker) {
        // Half-closing is how a TCP peer goes away; on a Unix socket a close is reported as one, and a peer that only ends
        // its sending side still wants its response. Input that this program has ended is no peer that went away.
        let action: Action = self.state.withLock { state in
            let gone =
                linux_epollhup | linux_epollerr | (self.isLocal || state.isInputShut ? 0 : linux_epollrdhup)
            if events & (gone | linux_epollrdhup) != 0 { state.isEnded = true }
            if events & gone != 0 { state.isGone = true }
            switch state.phase {
            case .idle:
                state.phase = .driven
                return .drive
            case .lingering: return .drop
            case .closed: return .nothing
            case .driven: break
            }
            var readers: [Waiter] = []
            var writer: Waiter?
            var cancellation: RequestRunner.Cancellation?
            if events & (linux_epollin | gone) != 0 {
                readers = state.takeReaders()
                if readers.isEmpty {
                    state.isReadable = true
                    // Once the answer is being written, what comes can wait.
                    if state.inputIsComplete, !state.isAnswered, self.nextRecordAborts(state.wireID) {
                        cancellation = state.cancellation()
                    }
                }
            }
            if events & linux_epollout != 0 {
                if let waiting = state.writer {
                    writer = waiting
                    state.writer = nil
                } else {
                    state.isWritable = true
                }
            }
            if events & gone != 0, state.request != nil {
                state.isBroken = true
                cancellation = state.cancellation()
                writer = writer ?? state.writer
                state.writer = nil
            }
            return .wake(readers, writer, cancellation)
        }
        switch action {
        case .nothing: break
        case .drive: self.drive(on: worker)
        case .drop: self.dropInput(on: worker)
        case .wake(let readers, let writer, let cancellation):
            worker.runningNextJob {
                cancellation?()
                for reader in readers { reader.resume() }
                writer?.resume()
            }
        }
    }

    /// Whether an FCGI_ABORT_REQUEST for this request stands at the front of the socket. It is left there: what comes for a
    /// request that is over is skipped when the next one is read.
    func nextRecordAborts(_ wireID: UInt16) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 2 * RecordHeader.size + 255, alignment: 8) { buffer in
            let count = recv(
                self.descriptor, buffer.baseAddress, buffer.count, Int32(MSG_PEEK | MSG_DONTWAIT))
            guard count >= RecordHeader.size else { return false }
            var header = RecordHeader(UnsafeRawBufferPointer(buffer))
            // An authorizer's request has no body; the record that ends it may have come after its head.
            if header.type == RecordHeader.Kind.standardInput.rawValue, header.contentLength == 0,
                header.requestID == wireID
            {
                guard count >= header.recordLength + RecordHeader.size else { return false }
                header = RecordHeader(UnsafeRawBufferPointer(buffer), at: header.recordLength)
            }
            return header.type == RecordHeader.Kind.abortRequest.rawValue && header.requestID == wireID
        }
    }

    // MARK: For the body

    /// The body has been read to its end: what comes now is an abort or the next request. It may have come already.
    func bodyEnded(_ inbox: Inbox) {
        let cancellation: RequestRunner.Cancellation? = self.state.withLock { state in
            state.inputIsComplete = inbox.isEmpty
            guard state.request != nil, !state.isAnswered else { return nil }
            state.isAborted =
                inbox.isEmpty
                ? state.isReadable && self.nextRecordAborts(state.wireID) : inbox.nextRecordAborts(state.wireID)
            return state.isAborted ? state.cancellation() : nil
        }
        cancellation?()
    }

    /// Cancels the handler: nobody waits for its answer.
    func cancelHandler() {
        let cancellation = self.state.withLock { state in
            state.isAborted = true
            return state.cancellation()
        }
        cancellation?()
    }

    /// Whether this program has ended the input: of a request that came at that moment, no more will come.
    var isInputShut: Bool { self.state.withLock { $0.isInputShut } }

    /// Whether the body has not come in time.
    var isLate: Bool { self.state.withLock { $0.isLate } }

    /// Sends a few bytes unless somebody has begun to answer the request. False if they cannot go out as a whole.
    func sendBeforeAnswer(_ bytes: [UInt8]) -> Bool {
        self.state.withLock { state in
            !state.isAnswered
                && send(self.descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) == bytes.count
        }
    }

    /// Says that more may have come than was received: what is there already is not reported again.
    func mayHaveMore() {
        self.state.withLock { $0.isReadable = true }
    }
}
