import Testing

@testable import FastCGI

/// The states of a connection without a socket. Sequences that once were bugs have a test of their own.
@Suite struct ConnectionStateTests {
    typealias State = ConnectionState<Int, Int>

    /// The demands of an action.
    struct Demand: Equatable {
        enum Next: Equatable {
            case nothing, read, readLater, drop
            case answer(Int)
            case close
        }

        var next = Next.nothing
        var watches: State.Interest?
        var shuts: State.Shut?
        var cancels: Int?
        var limit: State.Limit?
        var readers: [Int] = []
        var writer: Int?
        var mayAnswer = false
        var returnsPlace = false
        /// The description of a fault.
        var fault: String?

        init(
            _ next: Next = .nothing, watches: State.Interest? = nil, shuts: State.Shut? = nil, cancels: Int? = nil,
            limit: State.Limit? = nil, readers: [Int] = [], writer: Int? = nil, mayAnswer: Bool = false,
            returnsPlace: Bool = false, fault: String? = nil
        ) {
            self.next = next
            self.watches = watches
            self.shuts = shuts
            self.cancels = cancels
            self.limit = limit
            self.readers = readers
            self.writer = writer
            self.mayAnswer = mayAnswer
            self.returnsPlace = returnsPlace
            self.fault = fault
        }
    }

    static let limits = ConnectionLimits(
        head: Interval(.nanoseconds(20)), idle: Interval(.nanoseconds(10)), lastRequest: Interval(.nanoseconds(1)),
        lingerPause: Interval(.nanoseconds(2)), linger: Interval(.nanoseconds(5)),
        lingerOutput: Interval(.nanoseconds(9)), lingerBytes: 100)

    /// A connection to which a test lets events happen.
    struct Session {
        var state: State

        init(isLocal: Bool = true) { self.state = State(isLocal: isLocal, handlerLimit: Interval(.nanoseconds(20))) }

        func demand(_ action: consuming State.Action) -> Demand {
            var demand = Demand()
            action.perform { action in
                demand = Demand(
                    watches: action.watches, shuts: action.shuts, cancels: action.cancels, limit: action.limit,
                    readers: action.readers, writer: action.writer, mayAnswer: action.mayAnswer,
                    returnsPlace: action.returnsPlace, fault: action.fault.map { "\($0)" })
                demand.next =
                    switch action.next {
                    case .nothing: .nothing
                    case .read: .read
                    case .readLater: .readLater
                    case .drop: .drop
                    case .answer(let id): .answer(id)
                    case .close: .close
                    }
            }
            return demand
        }

        mutating func report(_ readiness: State.Readiness, abort: Bool = false) -> Demand {
            self.demand(self.state.report(readiness, abortHasCome: { _ in abort }))
        }

        mutating func expire(at now: UInt64, isStopping: Bool = false, hasInput: Bool = false) -> Demand {
            self.demand(
                self.state.expire(at(now), ConnectionStateTests.limits, isStopping: isStopping, hasInput: { hasInput }))
        }

        mutating func giveUpHead() -> Demand { self.demand(self.state.giveUpHead()) }

        mutating func pause(hasPart: Bool = false, at now: UInt64 = 0, isStopping: Bool = false) -> Demand {
            self.demand(
                self.state.pause(hasPart: hasPart, at(now), ConnectionStateTests.limits, isStopping: isStopping))
        }

        @discardableResult mutating func begin(
            _ id: Int, _ body: State.Body = .ended, isAborted: Bool = false
        ) -> Demand {
            self.demand(self.state.begin(Self.beginning(id), body: body, isAborted: isAborted))
        }

        mutating func finishWhole(_ id: Int, keeps: Bool = true, hasBytes: Bool = false) -> Demand {
            self.demand(
                self.state.finishWhole(
                    UInt64(id), .init(isComplete: true, keeps: keeps, isInStep: true, hasBytes: hasBytes), at(0),
                    ConnectionStateTests.limits, isStopping: false))
        }

        private static func beginning(_ id: Int) -> State.Beginning {
            .init(work: id, ordinal: UInt64(id), wireID: 1)
        }

        /// - Parameter isWhole: Whether the event begins the request if it is the first one.
        @discardableResult mutating func suspend(
            _ id: Int, isWhole: Bool = false, until: UInt64 = 100, abort: Bool = false
        ) -> Demand {
            self.demand(
                self.state.suspend(Self.subject(id, isWhole), until: at(until), abortHasCome: { _ in abort }))
        }

        mutating func answer(_ id: Int, isWhole: Bool = false) -> Demand {
            self.demand(self.state.answer(Self.subject(id, isWhole)))
        }

        private static func subject(_ id: Int, _ isWhole: Bool) -> State.Subject {
            isWhole ? .whole(Self.beginning(id)) : .begun(UInt64(id))
        }

        mutating func mayHaveMore() -> Demand { self.demand(self.state.mayHaveMore()) }
        mutating func abort() -> Demand { self.demand(self.state.abort()) }
        mutating func close() -> Demand { self.demand(self.state.close()) }

        mutating func waitToRead(_ reader: Int, of id: Int, until: UInt64 = 50) -> Demand {
            self.demand(self.state.waitToRead(reader, UInt64(id), until: at(until)))
        }

        mutating func waitToWrite(_ writer: Int, until: UInt64 = 50) -> Demand {
            self.demand(self.state.waitToWrite(writer, until: at(until)))
        }

        mutating func endBody(isFollowed: Bool = false, byAbort: Bool = false, abort: Bool = false) -> Demand {
            self.demand(
                self.state.bodyEnded(isFollowed: isFollowed, byAbort: byAbort, abortHasCome: { _ in abort }))
        }

        mutating func finish(
            isComplete: Bool = true, keeps: Bool = true, isInStep: Bool = true, hasBytes: Bool = false,
            holdsOutput: Bool = false, isStopping: Bool = false
        ) -> Demand {
            let outcome = State.Outcome(
                isComplete: isComplete, keeps: keeps, isInStep: isInStep, hasBytes: hasBytes, holdsOutput: holdsOutput)
            return self.demand(
                self.state.finish(outcome, at(0), ConnectionStateTests.limits, isStopping: isStopping))
        }

        mutating func linger() -> Demand {
            self.demand(self.state.linger(at(0), ConnectionStateTests.limits))
        }

        mutating func dropped(
            _ count: Int, isEmpty: Bool = true, at now: UInt64 = 0, isStopping: Bool = false
        ) -> Demand {
            self.demand(
                self.state.dropped(
                    count, isEmpty: isEmpty, at(now), ConnectionStateTests.limits, isStopping: isStopping))
        }

        private func at(_ nanoseconds: UInt64) -> Instant { Instant(nanoseconds: nanoseconds) }
    }

    // MARK: Whole requests

    @Test("A whole request whose handler does not suspend is one event") func wholeRequest() {
        var session = Session()
        #expect(session.finishWhole(1) == Demand(watches: .input))
        #expect(session.state.phase == .idle(.init(isFirst: false, hasPart: false, until: Instant(nanoseconds: 10))))
    }

    @Test("A report during a whole request is kept for its end") func reportDuringWholeRequest() {
        var session = Session()
        #expect(session.report(.readable) == Demand())
        #expect(session.finishWhole(1) == Demand(.readLater))
    }

    @Test("A peer that disconnects during a whole request cancels its handler when it suspends")
    func endDuringWholeRequest() {
        var session = Session(isLocal: false)
        #expect(session.report(.ended) == Demand())
        #expect(session.suspend(1, isWhole: true) == Demand(watches: .input, cancels: 1))
    }

    @Test("A whole request is begun by the worker or by the handler's task, in any order") func twoBeginnings() {
        var worker = Session()
        #expect(worker.suspend(1, isWhole: true) == Demand(watches: .input))
        #expect(worker.answer(1, isWhole: true) == Demand(mayAnswer: true))

        var task = Session()
        #expect(task.answer(1, isWhole: true) == Demand(mayAnswer: true))
        #expect(task.suspend(1, isWhole: true) == Demand(watches: .input))
        #expect(task.answer(1, isWhole: true) == Demand())
        #expect(task.finish() == Demand())
    }

    @Test("A late worker does not begin a request that is over") func lateWorker() {
        var session = Session()
        #expect(session.answer(1, isWhole: true) == Demand(mayAnswer: true))
        #expect(session.finish(hasBytes: true) == Demand(.readLater))
        // The next request has arrived. The worker of the first one continues only now.
        #expect(session.suspend(1, isWhole: true) == Demand())
        #expect(session.finishWhole(2) == Demand(watches: .input))
        #expect(session.suspend(1, isWhole: true) == Demand())
        #expect(session.state.phase == .idle(.init(isFirst: false, hasPart: false, until: Instant(nanoseconds: 10))))
    }

    /// A kept connection that has had a request and is idle.
    static func kept(isLocal: Bool = true) -> Session {
        var session = Session(isLocal: isLocal)
        session.begin(1)
        #expect(session.answer(1) == Demand(mayAnswer: true))
        #expect(session.finish() == Demand(watches: .input))
        return session
    }

    /// A connection whose handler has suspended.
    static func handling(_ body: State.Body = .ended, isLocal: Bool = true) -> Session {
        var session = Session(isLocal: isLocal)
        session.begin(1, body)
        session.suspend(1)
        return session
    }

    // MARK: From one request to the next

    @Test("A kept connection is idle between requests and is watched once") func keptConnection() {
        var session = Self.kept()
        for id in 2...4 {
            #expect(session.report(.readable) == Demand(.read))
            session.begin(id)
            #expect(session.answer(id) == Demand(mayAnswer: true))
            #expect(session.finish() == Demand())
        }
    }

    @Test("Input that is reported while a response is written is read next") func inputWhileWriting() {
        var session = Self.handling()
        #expect(session.answer(1) == Demand(mayAnswer: true))
        #expect(session.report(.readable) == Demand())
        #expect(session.finish() == Demand(.readLater))
    }

    @Test("An end of input that is reported together with the last request is seen") func endWithRequest() {
        var session = Self.kept()
        #expect(session.report([.readable, .ended]) == Demand(.read))
        session.begin(2)
        #expect(session.answer(2) == Demand(mayAnswer: true))
        #expect(session.finish() == Demand(.readLater))
        #expect(session.close() == Demand(.close, returnsPlace: true))
    }

    @Test("Bytes after a request keep the reports that follow them") func bytesAfterRequest() {
        var session = Self.kept()
        #expect(session.report(.readable) == Demand(.read))
        #expect(session.mayHaveMore() == Demand())
        session.begin(2, .followed)
        #expect(session.answer(2) == Demand(mayAnswer: true))
        #expect(session.finish(hasBytes: true) == Demand(.readLater))
        #expect(session.pause() == Demand(.readLater))
    }

    @Test("An incomplete response ends the connection") func incompleteResponse() {
        // The peer knows by the close that the response is incomplete, so the connection does not linger first.
        for isInStep in [true, false] {
            var session = Self.handling()
            #expect(session.answer(1) == Demand(mayAnswer: true))
            #expect(session.finish(isComplete: false, keeps: false, isInStep: isInStep) == Demand(.close))
        }
    }

    @Test("An unread body makes the connection linger") func unreadBody() {
        var session = Self.handling(.coming)
        #expect(session.answer(1) == Demand(mayAnswer: true))
        // Pending input was reported before it was to be dropped, so it is reported again.
        #expect(
            session.finish(isInStep: false) == Demand(watches: .input, shuts: .output, returnsPlace: true))
        #expect(session.report(.readable) == Demand(.drop))
    }

    @Test("A response that the kernel still holds makes the connection linger until the peer closes")
    func unsentResponse() {
        for isStopping in [false, true] {
            var session = Self.handling(isLocal: false)
            #expect(session.answer(1) == Demand(mayAnswer: true))
            #expect(
                session.finish(keeps: false, holdsOutput: true, isStopping: isStopping)
                    == Demand(watches: .input, shuts: .output))
            // Longer than for a peer that has its response, unless the server stops.
            #expect(session.expire(at: 8, isStopping: isStopping).shuts == (isStopping ? .both : nil))
            #expect(session.expire(at: 9, isStopping: isStopping).shuts == (isStopping ? nil : .both))
        }
        var session = Self.handling(isLocal: false)
        #expect(session.answer(1) == Demand(mayAnswer: true))
        _ = session.finish(keeps: false, holdsOutput: true)
        // An abort of the request is dropped, and so does not reset the connection.
        #expect(session.report(.readable) == Demand(.drop))
        #expect(session.dropped(16, at: 1) == Demand())
        #expect(session.report([.readable, .ended]) == Demand(.drop))
        #expect(session.close() == Demand(.close))
    }

    @Test("A stop shortens the time of a response that the kernel still holds") func unsentResponseAtStop() {
        var session = Self.handling(isLocal: false)
        #expect(session.answer(1) == Demand(mayAnswer: true))
        _ = session.finish(keeps: false, holdsOutput: true)
        #expect(session.expire(at: 1, isStopping: true) == Demand())
        #expect(session.expire(at: 3, isStopping: true).shuts == .both)
    }

    @Test("The last request of a limited program closes its connection and gives no place back") func lastRequest() {
        var session = Self.handling()
        #expect(session.answer(1) == Demand(mayAnswer: true))
        #expect(session.finish(keeps: false) == Demand(.close))
    }

    // MARK: Aborts and peers that go away

    @Test("An abort that is read with the request cancels the handler when it suspends") func abortWithRequest() {
        var session = Session()
        #expect(session.begin(1, .followed, isAborted: true) == Demand())
        #expect(session.suspend(1) == Demand(watches: .input, cancels: 1))
    }

    @Test("An abort that is reported before the handler suspends cancels it") func abortBeforeSuspending() {
        var session = Self.kept()
        #expect(session.report(.readable) == Demand(.read))
        session.begin(2)
        #expect(session.mayHaveMore() == Demand())
        #expect(session.suspend(2, abort: true) == Demand(cancels: 2))
    }

    @Test("An abort cancels the handler once") func abortOnce() {
        var session = Self.handling()
        #expect(session.report(.readable, abort: true) == Demand(cancels: 1))
        #expect(session.report(.readable, abort: true) == Demand())
        #expect(session.report([.readable, .ended, .gone]) == Demand())
    }

    @Test("An abort after the response is left to the next read") func abortAfterResponse() {
        var session = Self.handling()
        #expect(session.answer(1) == Demand(mayAnswer: true))
        #expect(session.report(.readable, abort: true) == Demand())
        #expect(session.finish() == Demand(.readLater))
    }

    @Test("An abort is not looked for while the body is still arriving") func abortDuringBody() {
        var session = Self.handling(.coming)
        #expect(session.report(.readable, abort: true) == Demand())
    }

    @Test("An abort after the body cancels the handler") func abortAfterBody() {
        for (isFollowed, byAbort, abort) in [(true, true, false), (false, false, true)] {
            var session = Self.handling(.coming)
            #expect(session.mayHaveMore() == Demand())
            #expect(session.endBody(isFollowed: isFollowed, byAbort: byAbort, abort: abort) == Demand(cancels: 1))
        }
    }

    @Test("An abort in place of the rest of a body cancels the handler once") func abortInBody() {
        var handling = Self.handling(.coming)
        #expect(handling.abort() == Demand(cancels: 1))
        #expect(handling.abort() == Demand())
        var writing = Self.handling(.coming)
        #expect(writing.answer(1) == Demand(mayAnswer: true))
        #expect(writing.abort() == Demand(cancels: 1))
    }

    @Test("A TCP peer that ends its sending side is gone, and one on a Unix socket is not") func halfClose() {
        var tcp = Self.handling(isLocal: false)
        #expect(tcp.report([.readable, .ended]) == Demand(cancels: 1))
        var unix = Self.handling()
        #expect(unix.report([.readable, .ended]) == Demand())
        #expect(unix.report([.readable, .ended, .gone]) == Demand(cancels: 1))
    }

    @Test("An end of input that this program has caused does not mean that the peer is gone") func ownEnd() {
        var session = Self.kept(isLocal: false)
        #expect(session.expire(at: 10) == Demand(shuts: .input, limit: .idle))
        // A request had arrived at that moment.
        #expect(session.report([.readable, .ended]) == Demand(.read))
        session.begin(2)
        #expect(session.suspend(2) == Demand())
        #expect(session.answer(2) == Demand(mayAnswer: true))
        #expect(session.finish() == Demand(.close, returnsPlace: true))
    }

    @Test("A peer that disconnects before its request is read cancels the handler") func earlyDisconnect() {
        var session = Self.kept()
        #expect(session.report([.readable, .ended, .gone]) == Demand(.read))
        session.begin(2)
        #expect(session.suspend(2) == Demand(cancels: 2))
        #expect(session.answer(2) == Demand(mayAnswer: true))
        #expect(session.finish() == Demand(.close, returnsPlace: true))
    }

    // MARK: Time limits

    @Test("A request whose time limit passes when the server stops is answered in its handler's place")
    func lateAtStop() {
        var session = Self.handling()
        #expect(session.expire(at: 99, isStopping: true) == Demand())
        #expect(session.expire(at: 100, isStopping: true) == Demand(.answer(1), cancels: 1, limit: .handler))
        #expect(session.expire(at: 101, isStopping: true) == Demand())
        #expect(session.answer(1) == Demand())
        #expect(session.finish(keeps: false, isStopping: true) == Demand(.close))
    }

    @Test("A handler whose request was answered in its place does not answer the next request") func lateHandler() {
        var session = Self.handling()
        #expect(session.expire(at: 100).next == .answer(1))
        #expect(session.finish() == Demand())
        #expect(session.report(.readable) == Demand(.read))
        session.begin(2)
        #expect(session.answer(1) == Demand())
        #expect(session.suspend(1) == Demand())
        #expect(session.answer(2) == Demand(mayAnswer: true))
    }

    @Test("A request that its handler has answered is not answered by a time limit") func answeredRequest() {
        var session = Self.handling()
        #expect(session.answer(1) == Demand(mayAnswer: true))
        #expect(session.expire(at: 1000) == Demand())
    }

    @Test("A handler has no deadline before it suspends") func noDeadline() {
        var session = Session()
        session.begin(1)
        #expect(session.expire(at: 1000) == Demand())
    }

    @Test("The time limit of a head runs from its first byte") func headTime() {
        var session = Session()
        #expect(session.pause(hasPart: true, at: 5) == Demand(watches: .input))
        #expect(session.report(.readable) == Demand(.read))
        #expect(session.pause(hasPart: true, at: 20) == Demand())
        #expect(session.expire(at: 25) == Demand(shuts: .input, limit: .head))
    }

    @Test("A time limit that passes while a worker reads is not lost") func limitWhileReading() {
        var session = Session()
        #expect(session.pause(hasPart: true, at: 0) == Demand(watches: .input))
        #expect(session.report(.readable) == Demand(.read))
        #expect(session.expire(at: 30) == Demand())
        #expect(session.pause(hasPart: true, at: 30) == Demand())
        #expect(session.expire(at: 31) == Demand(shuts: .input, limit: .head))
    }

    @Test("A head whose worker finds more input keeps its time limit") func headWithInput() {
        var session = Session()
        #expect(session.mayHaveMore() == Demand())
        #expect(session.pause(hasPart: true, at: 0) == Demand(.readLater))
        #expect(session.pause(hasPart: true, at: 19) == Demand(watches: .input))
        #expect(session.expire(at: 20) == Demand(shuts: .input, limit: .head))
    }

    @Test("A late body ends its readers, and the next request has its own time limit") func lateBody() {
        var session = Self.handling(.coming)
        #expect(session.waitToRead(1, of: 1) == Demand())
        #expect(session.expire(at: 50) == Demand(limit: .body, readers: [1]))
        #expect(session.state.isLate && !session.state.mayRead)
        #expect(session.waitToRead(1, of: 1) == Demand(readers: [1]))
        #expect(session.answer(1) == Demand(mayAnswer: true))
        #expect(session.finish() == Demand())
        #expect(session.report(.readable) == Demand(.read))
        session.begin(2, .coming)
        #expect(session.state.mayRead)
        #expect(session.waitToRead(1, of: 2) == Demand())
    }

    @Test("A peer that does not accept its response ends every wait") func writeTimeout() {
        var session = Self.handling(.coming)
        #expect(session.waitToRead(1, of: 1, until: 90) == Demand())
        #expect(session.answer(1) == Demand(mayAnswer: true))
        #expect(session.waitToWrite(9) == Demand(watches: .inputAndOutput))
        #expect(session.expire(at: 50) == Demand(cancels: 1, limit: .response, readers: [1], writer: 9))
        #expect(!session.state.mayWrite && !session.state.mayRead)
        #expect(session.finish(isComplete: false, keeps: false) == Demand(.close))
    }

    @Test("The time limit of lingering is kept while input is dropped") func lingerTime() {
        var session = Session()
        #expect(session.linger() == Demand(watches: .input, shuts: .output, returnsPlace: true))
        #expect(session.report(.readable) == Demand(.drop))
        #expect(session.expire(at: 6) == Demand())
        #expect(session.dropped(1, at: 4) == Demand())
        // Two more without input, and five in total.
        #expect(session.expire(at: 4) == Demand())
        #expect(session.expire(at: 5) == Demand(shuts: .both))
        #expect(session.report([.readable, .ended, .gone]) == Demand(.drop))
        #expect(session.close() == Demand(.close))
    }

    @Test("Each chunk gives a lingering peer more time, unless the server stops") func lingerPause() {
        for isStopping in [false, true] {
            var session = Session()
            _ = session.linger()
            #expect(session.report(.readable) == Demand(.drop))
            #expect(session.dropped(1, at: 1, isStopping: isStopping) == Demand())
            #expect(session.expire(at: 2).shuts == (isStopping ? .both : nil))
        }
    }

    @Test("Input that is pending after a chunk was dropped is reported again") func lingerAgain() {
        var session = Session()
        _ = session.linger()
        #expect(session.report(.readable) == Demand(.drop))
        #expect(session.report(.readable) == Demand())
        #expect(session.dropped(1) == Demand(watches: .input))
        #expect(session.report(.readable) == Demand(.drop))
        #expect(session.dropped(1, isEmpty: false) == Demand(watches: .input))
    }

    @Test("A peer that never stops sending is cut off") func endlessPeer() {
        var session = Session()
        _ = session.linger()
        #expect(session.report(.readable) == Demand(.drop))
        #expect(session.dropped(99, isEmpty: false) == Demand(watches: .input))
        #expect(session.report(.readable) == Demand(.drop))
        #expect(session.dropped(1, isEmpty: false) == Demand(.close))
    }

    @Test("The rest of a body that a web server ended early has its own time limit") func bodyRest() {
        var session = Self.handling(.coming)
        #expect(
            session.demand(session.state.waitToRead(1, 1, until: Instant(nanoseconds: 5), .bodyRest)) == Demand())
        #expect(session.expire(at: 5) == Demand(limit: .bodyRest, readers: [1]))
    }

    // MARK: Stopping

    @Test("Only a head whose rest is awaited is given up, and its input ends once") func headGivenUp() {
        var idle = Self.kept()
        #expect(idle.giveUpHead() == Demand())
        #expect(idle.report(.readable) == Demand(.read))
        #expect(idle.giveUpHead() == Demand())
        #expect(idle.pause(hasPart: true) == Demand())
        #expect(idle.giveUpHead() == Demand(shuts: .input, limit: .heads))
        #expect(idle.giveUpHead() == Demand())
        #expect(idle.expire(at: 1000) == Demand())
        #expect(idle.report(.ended) == Demand(.read))
    }

    @Test("A stop ends an idle connection, but not one with a partial request or pending input") func stopIdle() {
        var idle = Self.kept()
        #expect(idle.expire(at: 0, isStopping: true, hasInput: true) == Demand())
        #expect(idle.expire(at: 0, isStopping: true) == Demand(shuts: .input))
        var part = Self.kept()
        #expect(part.report(.readable) == Demand(.read))
        #expect(part.pause(hasPart: true) == Demand())
        #expect(part.expire(at: 0, isStopping: true) == Demand())
    }

    @Test("A stop leaves a new connection a moment for its request") func stopAccepted() {
        var session = Session()
        #expect(session.pause() == Demand(watches: .input))
        #expect(session.expire(at: 0, isStopping: true) == Demand())
        #expect(session.expire(at: 1, isStopping: true) == Demand(shuts: .input, limit: .idle))
    }

    @Test("A connection that would become idle while the server stops is ended") func stopFinished() {
        var read = Self.kept()
        #expect(read.report(.readable) == Demand(.read))
        #expect(read.pause(isStopping: true) == Demand(.close, returnsPlace: true))
        var answered = Self.handling()
        #expect(answered.answer(1) == Demand(mayAnswer: true))
        #expect(answered.finish(isStopping: true) == Demand(shuts: .input))
    }

    // MARK: Waiting

    @Test("Several tasks that read one body all continue after any event") func severalReaders() {
        let ways: [(String, (inout Session) -> Demand)] = [
            ("more input", { $0.report(.readable) }),
            ("a peer that is gone", { $0.report([.readable, .ended, .gone]) }),
            ("the end of the body", { $0.endBody() }), ("a time limit", { $0.expire(at: 50) }),
            (
                "the end of the request",
                { session in
                    #expect(session.answer(1) == Demand(mayAnswer: true))
                    return session.finish()
                }
            ),
        ]
        for (way, happens) in ways {
            var session = Self.handling(.coming)
            #expect(session.waitToRead(1, of: 1) == Demand())
            #expect(session.waitToRead(2, of: 1) == Demand())
            #expect(happens(&session).readers == [1, 2], "\(way)")
        }
    }

    @Test("A wait for the body does not count for the handler's time limit", arguments: [false, true])
    func slowBody(suspendsLater: Bool) {
        var session = suspendsLater ? Session() : Self.handling(.coming)
        if suspendsLater { session.begin(1, .coming) }
        #expect(session.waitToRead(1, of: 1, until: 200) == Demand(watches: suspendsLater ? .input : nil))
        if suspendsLater { #expect(session.suspend(1) == Demand()) }
        #expect(session.expire(at: 150) == Demand())
        #expect(session.report(.readable) == Demand(readers: [1]))
        #expect(session.expire(at: 219) == Demand())
        #expect(session.expire(at: 220) == Demand(.answer(1), cancels: 1, limit: .handler))
    }

    @Test("A task that waits for the body of a finished request continues at once") func readerAfterEnd() {
        var session = Self.handling(.coming)
        #expect(session.answer(1) == Demand(mayAnswer: true))
        #expect(session.finish() == Demand())
        #expect(session.waitToRead(7, of: 1) == Demand(readers: [7]))
        #expect(session.report(.readable) == Demand(.read))
        session.begin(2, .coming)
        #expect(session.waitToRead(7, of: 1) == Demand(readers: [7]))
    }

    @Test("A report that arrives before a task waits lets it continue at once") func earlyReport() {
        var session = Self.handling(.coming)
        #expect(session.report(.readable) == Demand())
        #expect(session.waitToRead(1, of: 1) == Demand(readers: [1]))
        #expect(session.waitToRead(1, of: 1) == Demand())
        #expect(session.answer(1) == Demand(mayAnswer: true))
        #expect(session.report(.writable) == Demand())
        #expect(session.waitToWrite(9) == Demand(writer: 9))
        #expect(session.waitToWrite(9) == Demand(watches: .inputAndOutput))
    }

    @Test("A task that begins to read does not take the reports that the writer waits for") func readerAndWriter() {
        var session = Self.handling(.coming)
        #expect(session.answer(1) == Demand(mayAnswer: true))
        #expect(session.waitToWrite(9) == Demand(watches: .inputAndOutput))
        #expect(session.waitToRead(1, of: 1) == Demand())
        #expect(session.report(.writable) == Demand(writer: 9))
        #expect(session.finish() == Demand(watches: .input, readers: [1]))
    }

    @Test("Records within a body get a reply until the response begins") func recordsInBody() {
        var session = Self.kept()
        #expect(session.report(.readable) == Demand(.read))
        #expect(session.state.maySendBeforeAnswer)
        session.begin(2, .coming)
        #expect(session.state.maySendBeforeAnswer)
        #expect(session.answer(2) == Demand(mayAnswer: true))
        #expect(!session.state.maySendBeforeAnswer)
    }

    // MARK: Failures

    @Test("A connection that cannot be watched is closed, or its handler is cancelled") func unwatchable() {
        var idle = Session()
        var action = idle.state.pause(
            hasPart: false, Instant(nanoseconds: 0), Self.limits, isStopping: false)
        idle.state.watchFailed(&action)
        #expect(idle.demand(action) == Demand(.close, watches: .input, returnsPlace: true))

        var handling = Session()
        handling.begin(1)
        var suspending = handling.state.suspend(
            .begun(1), until: Instant(nanoseconds: 9), abortHasCome: { _ in false })
        handling.state.watchFailed(&suspending)
        #expect(handling.demand(suspending) == Demand(watches: .input, cancels: 1))

        var writing = Session()
        writing.begin(1)
        #expect(writing.answer(1) == Demand(mayAnswer: true))
        var waiting = writing.state.waitToWrite(9, until: Instant(nanoseconds: 9))
        writing.state.watchFailed(&waiting)
        #expect(writing.demand(waiting) == Demand(watches: .inputAndOutput, cancels: 1, writer: 9))
        #expect(!writing.state.mayWrite)
    }

    @Test("An action that is not performed traps in a debug build") func ignoredAction() async {
        await #expect(processExitsWith: .failure) {
            var session = Session()
            _ = session.state.close()
        }
    }
}
