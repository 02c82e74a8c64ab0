import CLinux
import Glibc
import HTTPTypes
import Logging
import Sendfile

/// The way of a request through a connection: read, begin, handle, answer, finish.
extension Connection {
    // MARK: Read

    /// Reads what has come and starts the request that it makes. Afterwards the connection is no longer the worker's.
    ///
    /// At most one request: after each, the connection goes back to the event loop, so that all connections have their turn.
    func read(on worker: Worker) {
        do {
            let step = try self.reader.next(from: self.descriptor, into: worker.buffer) { self.mayHaveMore() }
            switch step {
            case .request(let whole): self.begin(whole, on: worker)
            case .head(let head): self.begin(head, on: worker)
            case .pause(let hasPart):
                let server = self.server
                self.happens(on: worker) {
                    $0.pause(hasPart: hasPart, .now, server.connectionLimits, isStopping: server.isStopping)
                }
            case .turn: self.server.loop.post(.connection(self))
            case .end:
                if self.reader.assembler.hasBegun {
                    self.server.logger.debug("a web server closed its connection before its request was complete")
                }
                self.happens { $0.close() }
            }
        } catch {
            self.refuse(error)
        }
    }

    /// Reads in the next turn of this thread's worker, or of any worker. Afterwards the connection is no longer the caller's.
    func readLater() {
        if let worker = Worker.current, worker.loop === self.server.loop, worker.nextConnection == nil {
            worker.nextConnection = self
        } else {
            self.server.loop.post(.connection(self))
        }
    }

    /// Answers a request that is not given to libfcgi, if it can be answered, and ends the connection.
    private func refuse(_ violation: RequestHead.Violation) {
        self.server.limitHit(violation)
        if case .tooManyParameters = violation, let head = self.reader.assembler.head {
            _ = self.sendNow(RecordHeader.response(RequestHead.tooLarge, to: head.requestID, .requestComplete))
        }
        self.linger()
    }

    /// Ends the sending side and drops further input until the peer closes, at most a few seconds.
    private func linger() {
        self.library.free()
        self.happens { $0.linger(.now, self.server.connectionLimits) }
    }

    // MARK: Begin

    /// Begins a request that has come as a whole.
    private func begin(_ whole: RequestHead.Whole, on worker: Worker) {
        let parameters = Parameters(pairs: whole.parameters, facts: whole.facts)
        guard self.library(reads: whole.begin, whole.rest, on: worker) else { return self.linger() }
        guard let body = self.library.readBody(count: whole.bodyLength) else {
            self.server.logger.error("libfcgi could not read a body that was found complete")
            return self.happens { $0.close() }
        }
        self.library.respond(on: self.descriptor)
        var refusal: (any Error)?
        if body.count > self.server.configuration.bodyLimit { refusal = self.server.bodyIsTooLarge() }
        self.begin(
            whole.head, self.server.nextRequestID(on: worker),
            Request.Form(role: whole.head.role, parameters: parameters),
            parameters, RequestBody(body), refusal: refusal, on: worker)
    }

    /// Begins a request whose head came in pieces, or whose body is still coming: libfcgi reads the head from memory, and the body is
    /// read when the handler asks for it.
    private func begin(_ head: RequestHead, on worker: Worker) {
        let (records, parameters) = self.reader.takeHead()
        let isAuthorizer = head.role == RequestHead.Role.authorizer.rawValue
        guard
            head.role == RequestHead.Role.responder.rawValue
                || isAuthorizer && self.server.authorizing.authorizer != nil
        else {
            self.server.logger.warning("a request for role \(head.role), which this program does not have")
            // lighttpd takes an answer without a status for an authorizer's permission, whatever FCGI_END_REQUEST says.
            let answer = RecordHeader.response(RequestHead.unknownRole, to: head.requestID, .unknownRole)
            guard self.sendNow(answer), head.keepsConnection else { return self.linger() }
            // The assembler skips the rest of the request, as records of a request that is over.
            return self.readLater()
        }
        let none = UnsafeRawBufferPointer(start: nil, count: 0)
        guard records.withUnsafeBytes({ self.library(reads: $0, none, on: worker) }) else { return self.linger() }
        self.library.respond(on: self.descriptor)
        let id = self.server.nextRequestID(on: worker)
        let form = Request.Form(role: head.role, parameters: parameters)
        if form == .authorization {
            // It has no body. The record that ends one comes from lighttpd, and not from Apache: the assembler skips it.
            self.reader.inbox.skipEndOfInput(of: head.requestID)
            return self.begin(head, id, form, parameters, RequestBody(), refusal: nil, on: worker)
        }
        // nginx tells the authorizer the length of a body that it does not send there.
        let declaredLength = form == .response ? parameters.facts.contentLength : nil
        let body = BodyReader(
            connection: self, id: id, wireID: head.requestID, inbox: self.reader.inbox, declaredLength: declaredLength)
        self.reader.inbox = Inbox()
        self.body = body
        var refusal: (any Error)?
        if let declaredLength, declaredLength > self.server.configuration.bodyLimit {
            refusal = self.server.bodyIsTooLarge()
        }
        do {
            if let bytes = try body.readWithoutWaiting() {
                self.reader.inbox = body.invalidate()
                self.body = nil
                return self.begin(head, id, form, parameters, RequestBody(bytes), refusal: refusal, on: worker)
            }
        } catch {
            refusal = error
        }
        self.begin(head, id, form, parameters, RequestBody(source: body), refusal: refusal, on: worker)
    }

    /// Has libfcgi read a request's head, and a body that is here as a whole. False, and logged, if it cannot.
    ///
    /// Two things are kept from it: the connection and the parameters. `LibraryRequest` says why.
    private func library(
        reads head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer, on worker: Worker
    ) -> Bool {
        if self.library.read(head, rest, from: worker.source) { return true }
        self.server.logger.error("libfcgi could not read a request of \(head.count + rest.count) bytes: errno \(errno)")
        return false
    }

    /// Runs the handler on this worker until it suspends.
    ///
    /// - Parameter refusal: an error that was found before, to be answered without the handler.
    private func begin(
        _ head: RequestHead, _ id: UInt64, _ form: Request.Form, _ parameters: Parameters, _ body: RequestBody,
        refusal: (any Error)?, on worker: Worker
    ) {
        let request = Request(id: id, form: form, parameters: parameters, body: body, origin: self.origin)
        let refusal = (form == .response ? request.ambiguity : nil) ?? refusal
        self.record.begin(request, self.observer)
        self.keepsConnection = head.keepsConnection
        self.wireID = head.requestID
        let runner = RequestRunner.idle(on: worker, for: self.server)
        let progress: State.Body = self.body != nil ? .coming : self.reader.inbox.isEmpty ? .ended : .followed
        let isAborted = self.reader.inbox.nextRecordAborts(head.requestID)
        self.happens {
            $0.begin(
                Work(request: request, runner: runner), id: id, wireID: head.requestID, body: progress,
                isAborted: isAborted)
        }
        let assignment = RequestRunner.Assignment(connection: self, request: request, refusal: refusal)
        guard !runner.handle(assignment, on: worker) else { return }
        self.happens(on: worker) {
            $0.suspend(
                id, until: .after(self.server.configuration.handlerTimeout), abortHasCome: self.abortHasCome)
        }
    }

    // MARK: Handle

    /// Handles a request on its runner's task, with what is bound to that.
    func handle(_ assignment: RequestRunner.Assignment, _ handler: FastCGIServer.Handler) async {
        guard let scope = self.record.scope else {
            return await self.answer(assignment.request, handler, refusal: assignment.refusal)
        }
        await scope.binding { await self.answer(assignment.request, handler, refusal: assignment.refusal) }
    }

    /// Asks the handler and answers.
    ///
    /// What is local here lives in the task's memory while the handler runs, of which the first kilobyte costs nothing. So whatever
    /// is not usual is a function of its own, and not inlined.
    private func answer(_ request: Request, _ handler: FastCGIServer.Handler, refusal: (any Error)?) async {
        let response: Response
        if request.form == .response, refusal == nil {
            do { response = try await handler(request) } catch {
                response = self.server.response(to: error, request: request)
            }
        } else {
            response = await self.responseWithoutHandler(to: request, refusal: refusal)
        }
        if let prepared = self.answerAtOnce(request, with: response) {
            await self.answer(request, with: response, prepared)
        }
    }

    @inline(never)
    private func responseWithoutHandler(to request: Request, refusal: (any Error)?) async -> Response {
        if request.form == .response, let refusal { return self.server.response(to: refusal, request: request) }
        return await self.server.authorizing.response(to: request, refusal: refusal) {
            self.server.response(to: $0, request: request)
        }
    }

    // MARK: Answer

    /// Answers as nearly every request is answered: in one write that does not have to wait. Returns what is to be sent where that
    /// does not do.
    @inline(never)
    private func answerAtOnce(_ request: Request, with response: Response) -> PreparedResponse? {
        // A time limit may have answered meanwhile. Then the connection is no longer this task's.
        guard self.state.withLock({ $0.answer(request.id) }) else { return nil }
        let prepared = self.prepare(response, to: request)
        guard self.body == nil, let bytes = prepared.singleWrite else { return prepared }
        let isComplete = self.library.end(prepared.head, bytes[...], errorLines: self.record.takeErrorLines())
        if !isComplete { self.couldNotComplete(request, ResponseWriter.Failure.disconnected) }
        self.record.end(
            request, response, self.observer, bodyBytes: isComplete ? Int64(bytes.count) : 0, isComplete: isComplete)
        self.finish(isComplete: isComplete)
        return nil
    }

    /// Answers a request in its handler's place. The right to answer is taken.
    func answerInTime(_ request: Request) {
        self.record.inScope {
            self.server.logger.error(
                "the handler did not answer in time (FASTCGI_HANDLER_TIMEOUT)",
                metadata: ["request": "\(request.id)", "path": "\(request.printablePath)"])
            Task(executorPreference: self.server.loop) {
                let response = Response.plain(.gatewayTimeout)
                self.keepsConnection = false
                await self.answer(request, with: response, self.prepare(response, to: request))
            }
        }
    }

    /// Writes a response, and goes on to the next request. The caller has the right to answer.
    private func answer(_ request: Request, with response: Response, _ prepared: PreparedResponse) async {
        var isComplete = false
        var written: Int64 = 0
        do {
            var writer = ResponseWriter(self, request)
            written = try await writer.write(prepared)
            isComplete = true
        } catch {
            self.couldNotComplete(request, error)
        }
        self.record.end(request, response, self.observer, bodyBytes: written, isComplete: isComplete)
        if let body, isComplete, self.keepsConnection, !body.hasEnded { await body.drop(upTo: Self.largestDrop) }
        self.finish(isComplete: isComplete)
    }

    /// How much of a body that the handler left unread is read and dropped to keep the connection.
    private static let largestDrop = 1 << 20

    func prepare(_ response: Response, to request: Request) -> PreparedResponse {
        let prepared = PreparedResponse(response, to: request, logger: self.server.logger)
        self.record.status = prepared.status
        self.record.fileBytes = 0
        return prepared
    }

    private func couldNotComplete(_ request: Request, _ error: any Error) {
        self.server.logger.warning(
            "the response could not be completed: \("\(error)".printable)", metadata: ["request": "\(request.id)"])
    }

    // MARK: Finish

    /// Goes on to the next request, or ends the connection. Afterwards the connection is no longer the caller's.
    private func finish(isComplete: Bool) {
        let server = self.server
        let keeps = isComplete && self.keepsConnection && !server.isStopping && server.requests.take()
        var isInStep = true
        if let body {
            isInStep = body.hasEnded
            self.reader.inbox = body.invalidate()
            self.body = nil
        }
        let outcome = State.Outcome(
            isComplete: isComplete, keeps: keeps, isInStep: isInStep, hasBytes: !self.reader.inbox.isEmpty)
        // The web server sends its next request as soon as it has this answer. Another worker that it wakes must find the connection
        // idle, so the memory of this request is freed afterwards.
        let leftover = self.library.takeOut()
        self.happens {
            $0.finish(outcome, .now, server.connectionLimits, isStopping: server.isStopping)
        }
        leftover.free()
    }
}
