import CLinux
import Glibc
import HTTPTypes
import Logging
import Sendfile

/// How what comes on a connection becomes a request.
extension Connection {
    /// Reads what has come and starts the request that it makes. Called by whoever drives the connection; afterwards somebody
    /// else does, or nobody.
    func drive(on worker: Worker) {
        // Not a loop over requests: after each, the connection goes back to the event loop, so that all have their turn.
        while true {
            if self.inbox.isEmpty && !self.assembler.hasBegun {
                let count = self.receive(into: worker)
                guard count > 0 else {
                    if self.nothingCame(count) { continue }
                    return
                }
                let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(worker.buffer).prefix(count))
                if let whole = RequestHead.whole(in: bytes, limits: self.server.limits) {
                    return self.startWhole(whole, on: worker)
                }
                self.inbox.append(bytes[...])
            }
            guard let head = self.assemble(on: worker) else { return }
            return self.startAssembled(head, on: worker)
        }
    }

    /// recv(2) without waiting. Returns the number of bytes, 0 at the end of input, or -1 with errno.
    func receive(into worker: Worker) -> Int {
        while true {
            let count = recv(self.descriptor, worker.buffer.baseAddress, worker.buffer.count, Int32(MSG_DONTWAIT))
            if count == worker.buffer.count { self.mayHaveMore() }
            if count >= 0 || errno != EINTR { return count }
        }
    }

    /// Waits for more, or closes at the end of input. True if the caller goes on driving because more has come meanwhile.
    private func nothingCame(_ count: Int) -> Bool {
        guard count < 0, errno == EAGAIN else {
            if self.assembler.hasBegun {
                self.server.logger.debug("a web server closed its connection before its request was complete")
            }
            self.close()
            return false
        }
        let isBetweenRequests = !self.assembler.hasBegun && self.inbox.isEmpty
        let server = self.server
        if isBetweenRequests, self.server.isStopping, !self.state.withLock({ $0.isFresh }) {
            self.close()
            return false
        }
        self.inbox.compact()
        // A peer that sends a byte now and then has no more time for it: the limit runs from the first byte.
        let keepsDeadline = self.isHeadTimed
        self.isHeadTimed = !isBetweenRequests
        let limit =
            !isBetweenRequests
            ? server.readLimit : server.isStopping ? Self.lastRequestLimit : server.idleLimit
        let isParked = self.park(limit: limit, keepsDeadline: keepsDeadline && !isBetweenRequests)
        if isParked { return false }
        guard !self.state.withLock({ $0.isBroken }) else {
            self.close()
            return false
        }
        return true
    }

    /// Leaves the connection to the next turn of `worker`, or of any: the caller no longer drives it.
    func driveLater(on worker: Worker?) {
        if let worker, worker.nextConnection == nil {
            worker.nextConnection = self
        } else {
            self.server.loop.post(.connection(self))
        }
    }

    /// How often bytes are taken from a connection before others have their turn.
    private static let largestTurn = 16

    /// Takes bytes from the connection until a request head is complete. `nil` if the caller no longer drives the connection.
    private func assemble(on worker: Worker) -> RequestHead? {
        var portions = 0
        do {
            while true {
                switch try self.assembler.step(&self.inbox) {
                case .complete:
                    return self.assembler.head
                case .reply(let bytes):
                    guard self.sendNow(bytes) else {
                        self.close()
                        return nil
                    }
                case .incomplete:
                    portions += 1
                    guard portions <= Self.largestTurn else {
                        self.server.loop.post(.connection(self))
                        return nil
                    }
                    let count = self.receive(into: worker)
                    if count > 0 {
                        self.inbox.append(UnsafeRawBufferPointer(worker.buffer)[..<count])
                    } else if !self.nothingCame(count) {
                        return nil
                    }
                }
            }
        } catch {
            self.refuse(error)
            return nil
        }
    }

    /// Sends a few bytes that fit into the socket; false if they do not.
    private func sendNow(_ bytes: [UInt8]) -> Bool {
        send(self.descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL)) == bytes.count
    }

    /// Answers a request that is not given to libfcgi, as far as somebody can be answered, and ends the connection.
    private func refuse(_ violation: RequestHead.Violation) {
        self.server.limitHit(violation)
        if case .tooManyParameters = violation, let head = self.assembler.head {
            _ = self.sendNow(
                RecordHeader.records(.standardOutput, requestID: head.requestID, content: RequestHead.tooLarge)
                    + RecordHeader.records(.standardOutput, requestID: head.requestID, content: [])
                    + RecordHeader.endRequest(head.requestID, .requestComplete))
        }
        self.linger()
    }

    /// Has libfcgi read a request's head, and a body that is here as a whole. False, and logged, if it cannot.
    ///
    /// Two things are kept from it. The connection: it takes 8 KiB at a time, and whatever had come behind the request meanwhile, an
    /// abort or the next request, would be lost with its buffer. And the parameters: it would make a C string of each, which costs
    /// more than all the rest and which nobody reads (``Parameters`` are copied as they came), by code that believed any length
    /// (CVE-2025-23016).
    private func library(
        reads head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer, on worker: Worker
    ) -> Bool {
        let source = worker.source.descriptor(holding: head, rest)
        if source >= 0 {
            if self.library.read(from: source) { return true }
            worker.source.wasClosed()
        }
        self.server.logger.error("libfcgi could not read a request of \(head.count + rest.count) bytes: errno \(errno)")
        return false
    }

    /// Starts a request that has come as a whole.
    private func startWhole(_ whole: RequestHead.Whole, on worker: Worker) {
        let parameters = Parameters(pairs: whole.parameters, facts: whole.facts)
        guard self.library(reads: whole.begin, whole.rest, on: worker) else { return self.linger() }
        guard let body = self.library.readBody(count: whole.bodyLength) else {
            self.server.logger.error("libfcgi could not read a body that was found complete")
            return self.close()
        }
        self.library.respond(on: self.descriptor)
        let form = Request.Form(role: whole.head.role, parameters: parameters)
        var refusal: (any Error)?
        if body.count > self.server.configuration.bodyLimit { refusal = self.tooLarge }
        self.start(
            whole.head, form, parameters: parameters, body: RequestBody(body), refusal: refusal, on: worker)
    }

    /// The answer to a request for a role that nobody has here.
    ///
    /// lighttpd takes an answer without a status for an authorizer's permission, whatever FCGI_END_REQUEST says.
    private static func unknownRole(_ head: RequestHead) -> [UInt8] {
        let response = Array("Status: 500 Internal Server Error\r\nContent-Type: text/plain\r\n\r\n".utf8)
        return RecordHeader.records(.standardOutput, requestID: head.requestID, content: response)
            + RecordHeader.records(.standardOutput, requestID: head.requestID, content: [])
            + RecordHeader.endRequest(head.requestID, .unknownRole)
    }

    private var tooLarge: RequestBody.BodyTooLarge { self.server.bodyIsTooLarge() }

    /// Starts a request whose head came in pieces, or whose body is still coming: libfcgi reads the head from memory, and the
    /// body is read when the handler asks for it.
    private func startAssembled(_ head: RequestHead, on worker: Worker) {
        let records = self.assembler.records
        let facts = self.assembler.facts
        let parameters = self.assembler.parameters.withUnsafeBytes {
            Parameters(pairs: $0, facts: facts, role: RequestHead.Role(rawValue: head.role) ?? .responder)
        }
        self.assembler = RequestAssembler(limits: self.server.limits, values: self.server.values)
        let isAuthorizer = head.role == RequestHead.Role.authorizer.rawValue
        guard
            head.role == RequestHead.Role.responder.rawValue
                || isAuthorizer && self.server.authorizing.authorizer != nil
        else {
            self.server.logger.warning("a request for role \(head.role), which this program does not have")
            guard self.sendNow(Self.unknownRole(head)), head.keepsConnection else { return self.linger() }
            // The rest of the request is skipped by the assembler: it belongs to none.
            return self.driveLater(on: worker)
        }
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        guard records.withUnsafeBytes({ self.library(reads: $0, none, on: worker) }) else { return self.linger() }
        self.library.respond(on: self.descriptor)
        let form = Request.Form(role: head.role, parameters: parameters)
        if form == .authorization {
            // It has no body. The record that ends one comes from lighttpd, and not from Apache: the assembler skips it.
            self.inbox.skipEndOfInput(of: head.requestID)
            return self.start(head, form, parameters: parameters, body: RequestBody(), refusal: nil, on: worker)
        }
        // nginx tells the authorizer the length of a body that it does not send there.
        let declaredLength = form == .response ? facts.contentLength : nil
        let reader = BodyReader(
            connection: self, requestID: head.requestID, inbox: self.inbox, declaredLength: declaredLength)
        self.inbox = Inbox()
        self.body = reader
        var refusal: (any Error)?
        if let declaredLength, declaredLength > self.server.configuration.bodyLimit { refusal = self.tooLarge }
        do {
            if let body = try reader.readWithoutWaiting() {
                self.inbox = reader.invalidate()
                self.body = nil
                return self.start(
                    head, form, parameters: parameters, body: RequestBody(body), refusal: refusal, on: worker)
            }
        } catch {
            refusal = error
        }
        self.start(head, form, parameters: parameters, body: RequestBody(source: reader), refusal: refusal, on: worker)
    }

    /// Runs the handler, or answers with `refusal` in its place.
    private func start(
        _ head: RequestHead, _ form: Request.Form, parameters: Parameters, body: RequestBody, refusal: (any Error)?,
        on worker: Worker
    ) {
        let request = Request(
            id: self.server.nextRequestID(on: worker), form: form, parameters: parameters, body: body,
            origin: self.origin)
        let refusal = (form == .response ? request.ambiguity : nil) ?? refusal
        self.requestBegan(request)
        self.hasPlace = false
        self.keepsConnection = head.keepsConnection
        self.isHeadTimed = false
        let runner = RequestRunner.idle(on: worker, for: self.server)
        self.state.withLock { state in
            state.request = request
            state.runner = runner
            state.isFresh = false
            state.wireID = head.requestID
            state.inputIsComplete = self.body == nil && self.inbox.isEmpty
            state.isAnswered = false
            state.isLate = false
            state.isAborted = self.inbox.nextRecordAborts(head.requestID)
            if state.isGone { state.isBroken = true }
            state.deadlines = Deadlines()
        }
        let id = request.id
        worker.runningNextJob {
            runner.start(RequestRunner.Assignment(connection: self, request: request, refusal: refusal))
        }
        if worker.lastAnswered != id { self.watchHandler(of: id) }
    }
}
