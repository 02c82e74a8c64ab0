import CLinux
import Glibc
import HTTPTypes
import Logging
import Sendfile

/// The way of a request through a connection: read, begin, handle, answer, finish.
extension Connection {
    // MARK: Read

    /// Reads pending input and begins a request if one is complete. Ends the worker's hold.
    ///
    /// At most one request begins in a turn, so that a busy connection does not starve others.
    func read(on worker: Worker) {
        do {
            let step = try self.reader.next(from: self.descriptor, into: worker.buffer) { self.mayHaveMore() }
            switch step {
            case .request(let whole): self.begin(whole, on: worker)
            case .head(let head): self.begin(head, on: worker)
            case .pause(let hasPart):
                let server = self.server
                let isTooMuch = self.noteHead(hasPart ? self.reader.memory : 0)
                self.happens(on: worker) {
                    $0.pause(hasPart: hasPart, .now, server.connectionLimits, isStopping: server.isStopping)
                }
                if isTooMuch { server.heads.shrink(server) }
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

    /// Has this thread's worker, or any worker, read in its next turn. Ends the caller's hold.
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
        self.reader.clear()
        self.linger()
    }

    /// Ends the sending side and drops further input until the peer closes, at most a few seconds.
    private func linger() {
        self.library.free()
        _ = self.noteHead(0)
        self.happens { $0.linger(.now, self.server.connectionLimits) }
    }

    // MARK: Begin

    /// Begins a request that has arrived completely.
    private func begin(_ whole: RequestHead.Whole, on worker: Worker) {
        let parameters = Parameters(pairs: whole.parameters, facts: whole.facts)
        guard self.library(reads: whole.begin, whole.rest, on: worker) else { return self.linger() }
        // Most requests have no body: only the record that ends it is left to read.
        var body: [UInt8] = []
        if whole.bodyLength > 0 {
            guard let read = self.library.readBody(count: whole.bodyLength) else {
                self.server.logger.error("libfcgi could not read a body that was found complete")
                return self.happens { $0.close() }
            }
            body = read
        }
        self.library.respond(on: self.descriptor)
        let form = Request.Form(role: whole.head.role, parameters: parameters)
        let id = self.server.nextRequestID(on: worker)
        let request = Request(id: id, form: form, parameters: parameters, body: RequestBody(body), origin: self.origin)
        let refusal = self.server.handling.refusal(of: request, bodyLength: Int64(body.count))
        let ordinal = self.note(request, whole.head)
        let runner = RequestRunner.idle(on: worker, for: self.server)
        let assignment = RequestRunner.Assignment(
            connection: self, request: request, ordinal: ordinal, wireID: whole.head.requestID, isWhole: true,
            refusal: refusal)
        guard !runner.handle(assignment, on: worker) else { return }
        // The handler has suspended. Its task may have continued meanwhile, so the holder's properties are not touched
        // here.
        let work = Work(request: request, runner: runner)
        self.suspended(
            .whole(.init(work: work, ordinal: ordinal, wireID: whole.head.requestID)), on: worker)
    }

    /// Gives up the worker's part in a request whose handler has suspended.
    private func suspended(_ request: State.Subject, on worker: Worker) {
        self.happens(on: worker) {
            $0.suspend(
                request, until: .after(self.server.configuration.handlerTimeout), abortHasCome: self.abortHasCome)
        }
    }

    /// Begins a request whose head arrived in several reads, or whose body is still arriving. libfcgi reads the head
    /// from memory. The bytes of the body that have arrived are taken now, and the rest when the handler requests it.
    private func begin(_ head: RequestHead, on worker: Worker) {
        let (records, parameters) = self.reader.takeHead()
        _ = self.noteHead(0)
        let isAuthorizer = head.role == RequestHead.Role.authorizer.rawValue
        guard
            head.role == RequestHead.Role.responder.rawValue
                || isAuthorizer && self.server.handling.authorizing.authorizer != nil
        else {
            self.server.logger.warning("a request for role \(head.role), which this program does not have")
            // lighttpd treats a response without a status as an authorizer's permission, regardless of
            // FCGI_END_REQUEST.
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
            // An authorizer's request has no body. lighttpd sends the record that ends one and Apache does not, so the
            // assembler skips it.
            self.reader.inbox.skipEndOfInput(of: head.requestID)
            return self.begin(head, id, form, parameters, RequestBody(), bodyLength: 0, on: worker)
        }
        // nginx tells the authorizer the length of a body that it does not send there.
        let declaredLength = form == .response ? parameters.facts.contentLength : nil
        let reader = BodyReader(
            connection: self, ordinal: self.requestCount + 1, wireID: head.requestID, inbox: self.reader.inbox,
            declaredLength: declaredLength)
        self.reader.inbox = Inbox()
        var body = RequestBody(source: reader)
        var failure: (any Error)?
        self.body = reader
        do {
            if let bytes = try reader.readWithoutWaiting() {
                self.reader.inbox = reader.invalidate()
                self.body = nil
                body = RequestBody(bytes)
            }
        } catch {
            failure = error
        }
        self.begin(
            head, id, form, parameters, body, bodyLength: Int(declaredLength ?? 0), failure: failure, on: worker)
    }

    /// Lets libfcgi read a request's head, and its body if that has arrived completely. Returns false and logs an error
    /// if libfcgi cannot.
    ///
    /// libfcgi does not get the connection or the parameters, for the reasons in `LibraryRequest`.
    private func library(
        reads head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer, on worker: Worker
    ) -> Bool {
        if self.library.read(head, rest, from: worker.source) { return true }
        self.server.logger.error("libfcgi could not read a request of \(head.count + rest.count) bytes: errno \(errno)")
        return false
    }

    /// Runs the handler on this worker until it suspends.
    ///
    /// - Parameters:
    ///   - bodyLength: The length of the body, as far as it is known.
    ///   - failure: An error that was found while the body was read. The request is answered with it.
    private func begin(
        _ head: RequestHead, _ id: UInt64, _ form: Request.Form, _ parameters: Parameters, _ body: RequestBody,
        bodyLength: Int, failure: (any Error)? = nil, on worker: Worker
    ) {
        let request = Request(id: id, form: form, parameters: parameters, body: body, origin: self.origin)
        let refusal = self.server.handling.refusal(of: request, bodyLength: Int64(bodyLength), failure: failure)
        let ordinal = self.note(request, head)
        let runner = RequestRunner.idle(on: worker, for: self.server)
        let progress: State.Body = self.body != nil ? .coming : self.reader.inbox.isEmpty ? .ended : .followed
        let isAborted = self.reader.inbox.nextRecordAborts(head.requestID)
        let beginning = State.Beginning(
            work: Work(request: request, runner: runner), ordinal: ordinal, wireID: head.requestID)
        self.happens { $0.begin(beginning, body: progress, isAborted: isAborted) }
        let assignment = RequestRunner.Assignment(
            connection: self, request: request, ordinal: ordinal, wireID: head.requestID, isWhole: false,
            refusal: refusal)
        guard !runner.handle(assignment, on: worker) else { return }
        self.suspended(.begun(ordinal), on: worker)
    }

    /// Notes a request whose head is complete. Returns its number on this connection.
    private func note(_ request: Request, _ head: RequestHead) -> UInt64 {
        self.record.begin(request, self.observer)
        self.keepsConnection = head.keepsConnection
        self.wireID = head.requestID
        self.requestCount += 1
        return self.requestCount
    }

    // MARK: Handle

    /// Handles a request on its runner's task, with the values that are bound to the task.
    func handle(
        _ assignment: RequestRunner.Assignment, on runner: RequestRunner, _ handler: FastCGIServer.Handler
    ) async {
        guard let scope = self.record.scope else { return await self.answer(assignment, on: runner, handler) }
        await scope.binding { await self.answer(assignment, on: runner, handler) }
    }

    /// Calls the handler and answers the request.
    ///
    /// Local variables live in the task's memory while the handler runs, and only the first kilobyte of that is free.
    /// So the unusual paths are separate functions, and not inlined.
    private func answer(
        _ assignment: RequestRunner.Assignment, on runner: RequestRunner, _ handler: FastCGIServer.Handler
    ) async {
        let request = assignment.request
        var response: Response
        if request.form == .response, assignment.refusal == nil {
            do { response = try await handler(request) } catch {
                response = self.server.handling.response(to: error, request: request)
            }
            if self.server.handling.repeats(request, after: response) {
                response = await self.server.handling.responseToHead(request)
            }
        } else {
            response = await self.server.handling.responseWithoutHandler(to: request, refusal: assignment.refusal)
        }
        if let prepared = self.answerAtOnce(assignment, on: runner, with: response) {
            await self.answer(request, with: response, prepared)
        }
    }

    // MARK: Answer

    /// Takes the right to answer and sends a small response in one write, as for nearly every request. Returns the
    /// response if one write is not enough.
    @inline(never)
    private func answerAtOnce(
        _ assignment: RequestRunner.Assignment, on runner: RequestRunner, with response: borrowing Response
    ) -> PreparedResponse? {
        let request = assignment.request
        // No other party knows of a whole request whose handler has not suspended, so its worker answers without the
        // state's permission.
        let isKnown = !assignment.isWhole || Worker.current?.handledRequest != request.id
        guard !isKnown || self.mayAnswer(assignment, on: runner) else { return nil }
        let prepared = self.prepare(response, to: request)
        guard self.body == nil, let bytes = prepared.singleWrite else {
            return isKnown || self.mayAnswer(assignment, on: runner) ? prepared : nil
        }
        let isComplete = self.library.end(prepared.head, bytes[...], errorLines: self.record.takeErrorLines())
        if !isComplete { self.couldNotComplete(request, ResponseWriter.Failure.disconnected) }
        self.record.end(
            request, response, self.observer, bodyBytes: isComplete ? Int64(bytes.count) : 0, isComplete: isComplete)
        self.finish(isComplete: isComplete, unknown: isKnown ? nil : assignment.ordinal)
        return nil
    }

    /// Takes the right to answer. False if a time limit has taken it: then this task does not hold the connection.
    private func mayAnswer(_ assignment: RequestRunner.Assignment, on runner: RequestRunner) -> Bool {
        var mayAnswer = false
        self.happens { state in
            let action = state.answer(assignment.subject(of: runner))
            mayAnswer = action.mayAnswer
            return action
        }
        return mayAnswer
    }

    /// Answers a request in place of its handler. The caller has taken the right to answer.
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

    /// Writes a response, and continues with the next request. The caller has the right to answer.
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

    /// The maximum number of bytes of an unread body that are dropped to keep the connection.
    private static let largestDrop = 1 << 20

    private func prepare(_ response: Response, to request: Request) -> PreparedResponse {
        let id = DownloadID(of: response, to: request, self.server.configuration)
        let prepared = PreparedResponse(response, to: request, id: id, logger: self.server.logger)
        self.record.status = prepared.status
        self.record.downloadID = prepared.downloadID?.value
        self.record.fileBytes = 0
        return prepared
    }

    private func couldNotComplete(_ request: Request, _ error: any Error) {
        self.server.logger.log(
            level: ResponseWriter.logLevel(of: error), "the response could not be completed: \("\(error)".printable)",
            metadata: ["request": "\(request.id)"])
    }

    // MARK: Finish

    /// Continues with the next request, or ends the connection. Ends the caller's hold.
    ///
    /// - Parameter ordinal: The number of a whole request that has not begun for the connection's state.
    private func finish(isComplete: Bool, unknown ordinal: UInt64? = nil) {
        let server = self.server
        let keeps = isComplete && self.keepsConnection && !server.isStopping && server.requests.take()
        var isInStep = true
        if let body {
            isInStep = body.hasEnded
            self.reader.inbox = body.invalidate()
            self.body = nil
        }
        let outcome = State.Outcome(
            isComplete: isComplete, keeps: keeps, isInStep: isInStep, hasBytes: !self.reader.inbox.isEmpty,
            holdsOutput: !keeps && self.holdsOutput)
        // The web server sends its next request as soon as it has this response. Another worker that it wakes must find
        // the connection idle, so the memory of this request is freed afterwards.
        let leftover = self.library.takeOut()
        self.happens {
            if let ordinal {
                $0.finishWhole(ordinal, outcome, .now, server.connectionLimits, isStopping: server.isStopping)
            } else {
                $0.finish(outcome, .now, server.connectionLimits, isStopping: server.isStopping)
            }
        }
        leftover.free()
    }
}
