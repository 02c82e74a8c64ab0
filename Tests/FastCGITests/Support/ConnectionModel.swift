@testable import FastCGI

/// A connection's state, together with the parties that let events happen to it: the event loop, a worker, handlers, time limits.
///
/// A model knows which events its parties can cause next, and what must hold after each. It is a value that can be compared, so that
/// ``ConnectionWalkTests`` visits each distinct one once. Requests and waiting tasks are numbers.
struct ConnectionModel: Hashable {
    typealias State = ConnectionState<Int, Int>

    /// An event that a party can cause.
    enum Step: Hashable {
        case report(State.Readiness, abort: Bool)
        case expire(UInt64, hasInput: Bool)
        case giveUpHead
        case stop
        // A worker that reads.
        case receive
        case receiveNothing
        case pause(hasPart: Bool)
        case begin(State.Body, isAborted: Bool)
        case beginWhole
        case mayHaveMore
        case close
        case refuse
        // A worker that has begun a request.
        case suspend(Int, abort: Bool)
        // A task of a handler.
        case receiveBody(Int)
        case waitToRead(Int)
        case endBody(isFollowed: Bool, abort: Bool)
        case abortBody
        case answer(Int)
        // A handler of a whole request that has not suspended.
        case finishWhole(State.Outcome)
        // The task that has the right to answer.
        case waitToWrite
        case finish(State.Outcome)
        // A worker that drops input.
        case receiveDropped
        case dropped(Int, isEmpty: Bool)
        /// The same event, and the event loop has no room to watch the connection.
        indirect case unwatchable(Step)
    }

    /// The activity of a worker that holds the connection.
    enum Holder: Hashable { case none, reading, received, emptied, handlingWhole, dropping, droppingEmptied }

    /// A rule that does not hold.
    struct Violation: Error, CustomStringConvertible {
        let description: String
    }

    static let requestLimit = 2
    private static let writer = 9
    private static let limits = ConnectionLimits(
        head: Interval(.nanoseconds(2)), idle: Interval(.nanoseconds(1)), lastRequest: Interval(.nanoseconds(1)),
        lingerPause: Interval(.nanoseconds(1)), linger: Interval(.nanoseconds(2)), lingerBytes: 2)
    private static let now = Instant(nanoseconds: 0)

    private(set) var state: State
    private var holder = Holder.reading
    private var isStopping = false
    /// Requests that have begun.
    private var begun = 0
    /// The requests whose handler has not decided yet.
    private var handlers = Counts()
    /// The whole requests.
    private var wholes = Counts()
    /// The requests whose worker has not looked yet whether the handler has suspended.
    private var unsuspended = Counts()
    /// How many tasks have got the right to answer each request, and how many have finished it.
    private var rights = Counts()
    private var finishes = Counts()
    private var cancels = Counts()
    /// The task that writes is suspended.
    private var isWriterWaiting = false
    /// The readers that are suspended, by their request.
    private var readers = Counts()
    /// A task has emptied the socket in search of its body, and waits next.
    private var emptiedBody: UInt8 = 0
    /// Input, or its end, was reported and has not been read since.
    private var isUnread = false
    private var isEndReported = false
    private var places = 1
    private var closes = 0

    /// A count for each of two requests or readers.
    private struct Counts: Hashable {
        private var both: UInt16 = 0

        subscript(index: Int) -> Int {
            get { Int(self.both >> UInt16(8 * (index - 1))) & 0xFF }
            set {
                let shift = UInt16(8 * (index - 1))
                self.both = self.both & ~(0xFF << shift) | UInt16(truncatingIfNeeded: newValue) << shift
            }
        }
    }

    init(isLocal: Bool) {
        self.state = State(isLocal: isLocal, handlerLimit: Interval(.zero))
    }

    var isClosed: Bool { self.closes > 0 }

    // MARK: Possible next events

    private var current: Int? {
        switch self.state.phase {
        case .handling(let exchange, _), .writing(let exchange, _): exchange.work
        case .reading, .idle, .lingering, .closed: nil
        }
    }

    private var isHandling: Bool { if case .handling = self.state.phase { true } else { false } }
    private var isIdle: Bool { if case .idle = self.state.phase { true } else { false } }
    private var isWriting: Bool { if case .writing = self.state.phase { true } else { false } }

    /// Whether the body's bytes are read from the socket, which is so until its request is over.
    private var readsBody: Bool {
        switch self.state.phase {
        case .handling(let exchange, _), .writing(let exchange, _): exchange.body == .coming || exchange.body == .late
        case .reading, .idle, .lingering, .closed: false
        }
    }

    var steps: [Step] {
        var steps: [Step] = []
        if self.state.interest != .none {
            for readiness: State.Readiness in [.readable, .writable, .ended, [.readable, .ended, .gone]] {
                steps.append(.report(readiness, abort: false))
                // Only a handler can be cancelled by an abort.
                if self.isHandling { steps.append(.report(readiness, abort: true)) }
            }
            for now: UInt64 in 0...2 {
                steps.append(.expire(now, hasInput: false))
                if self.isStopping, self.isIdle { steps.append(.expire(now, hasInput: true)) }
            }
        }
        // In every other phase it changes nothing.
        if self.isIdle { steps.append(.giveUpHead) }
        if !self.isStopping { steps.append(.stop) }
        switch self.holder {
        case .none: break
        case .emptied: steps += [.pause(hasPart: false), .pause(hasPart: true)]
        case .reading, .received:
            // After its end was reported, a socket is never just empty.
            if !self.isEndReported { steps.append(.receiveNothing) }
            steps += [.receive, .close]
            if self.holder == .received {
                steps += [.refuse, .mayHaveMore]
                if self.begun < Self.requestLimit {
                    for body: State.Body in [.coming, .ended, .followed] {
                        steps += [.begin(body, isAborted: false), .begin(body, isAborted: true)]
                    }
                    steps.append(.beginWhole)
                }
            }
        case .handlingWhole: steps += self.outcomes.map { .finishWhole($0) }
        case .dropping:
            if !self.isEndReported { steps.append(.receiveDropped) }
            steps += [.dropped(1, isEmpty: false), .close]
        case .droppingEmptied: steps += [.dropped(0, isEmpty: true), .dropped(1, isEmpty: true)]
        }
        for id in 1...Self.requestLimit where self.unsuspended[id] > 0 {
            steps.append(.suspend(id, abort: false))
            if self.current == id, self.isHandling { steps.append(.suspend(id, abort: true)) }
        }
        for id in 1...Self.requestLimit where self.handlers[id] > 0 { steps.append(.answer(id)) }
        if let current, self.readsBody {
            if self.emptiedBody == 0, !self.isEndReported { steps.append(.receiveBody(current)) }
            steps += [.endBody(isFollowed: false, abort: false), .endBody(isFollowed: true, abort: false)]
            if self.isHandling {
                steps += [.endBody(isFollowed: false, abort: true), .endBody(isFollowed: true, abort: true)]
            }
            steps.append(.abortBody)
        }
        if self.emptiedBody > 0, self.readers[1] == 0 || self.readers[2] == 0 {
            let emptiedBody = Int(self.emptiedBody)
            steps.append(.waitToRead(emptiedBody))
        }
        if self.isWriting, !self.isWriterWaiting {
            steps.append(.waitToWrite)
            steps += self.outcomes.map { .finish($0) }
        }
        return steps
    }

    private var outcomes: [State.Outcome] {
        var outcomes = [State.Outcome(isComplete: false, keeps: false, isInStep: true, hasBytes: false)]
        for keeps in [false, true] where !keeps || !self.isStopping {
            for isInStep in [false, true] {
                for hasBytes in [false, true] {
                    // With output that the kernel holds, the connection lingers as with bytes that have been read.
                    let holdsOutput = !keeps && isInStep && hasBytes
                    outcomes.append(
                        .init(
                            isComplete: true, keeps: keeps, isInStep: isInStep, hasBytes: hasBytes && !holdsOutput,
                            holdsOutput: holdsOutput))
                }
            }
        }
        return outcomes
    }

    /// The steps that watch the connection may find that the event loop has no room for it.
    static func canBeUnwatchable(_ step: Step) -> Bool {
        switch step {
        case .pause, .finish, .finishWhole, .refuse, .waitToWrite, .waitToRead, .suspend: true
        default: false
        }
    }

    // MARK: Taking a step

    /// Lets an event happen, performs what it demands, and checks every rule. Returns whether the connection was to be watched anew.
    mutating func take(_ step: Step) throws -> Bool {
        if case .unwatchable(let step) = step { return try self.take(step, canWatch: false) }
        return try self.take(step, canWatch: true)
    }

    private mutating func take(_ step: Step, canWatch: Bool) throws -> Bool {
        let wasUnwatched = self.state.interest == .none
        var wantsToBeWatched = false
        switch step {
        case .report(let readiness, let abort):
            if readiness.contains(.ended) || readiness.contains(.gone) { self.isEndReported = true }
            if readiness != .writable { self.isUnread = true }
            try self.perform(self.state.report(readiness, abortHasCome: { _ in abort }))
        case .expire(let now, let hasInput):
            try self.perform(
                self.state.expire(
                    Instant(nanoseconds: now), Self.limits, isStopping: self.isStopping, hasInput: { hasInput }))
        case .giveUpHead:
            try self.perform(self.state.giveUpHead())
        case .stop: self.isStopping = true
        case .receive:
            self.isUnread = false
            self.holder = .received
        case .receiveNothing:
            self.isUnread = false
            self.holder = .emptied
        case .pause(let hasPart):
            self.holder = .none
            wantsToBeWatched = try self.perform(
                self.state.pause(hasPart: hasPart, Self.now, Self.limits, isStopping: self.isStopping),
                canWatch: canWatch)
        case .mayHaveMore:
            self.isUnread = true
            try self.perform(self.state.mayHaveMore())
        case .begin(let body, let isAborted):
            self.begun += 1
            self.places -= 1
            self.holder = .none
            self.handlers[self.begun] = 1
            self.unsuspended[self.begun] = 1
            try self.perform(self.state.begin(Self.beginning(self.begun), body: body, isAborted: isAborted))
        case .beginWhole:
            self.begun += 1
            self.places -= 1
            self.holder = .handlingWhole
            self.handlers[self.begun] = 1
            self.unsuspended[self.begun] = 1
            self.wholes[self.begun] = 1
        case .finishWhole(let outcome):
            self.holder = .none
            self.handlers[self.begun] = 0
            self.rights[self.begun] += 1
            self.finishes[self.begun] += 1
            if outcome.keeps { self.places += 1 }
            wantsToBeWatched = try self.perform(
                self.state.finishWhole(
                    UInt64(self.begun), outcome, Self.now, Self.limits, isStopping: self.isStopping),
                canWatch: canWatch)
            if outcome.hasBytes, self.holder == .reading { self.holder = .received }
        case .close:
            self.holder = .none
            try self.perform(self.state.close())
        case .refuse:
            self.holder = .none
            wantsToBeWatched = try self.perform(
                self.state.linger(Self.now, Self.limits), canWatch: canWatch)
        case .suspend(let id, let abort):
            self.unsuspended[id] = 0
            wantsToBeWatched = try self.perform(
                self.state.suspend(self.subject(id), until: Instant(nanoseconds: 2), abortHasCome: { _ in abort }),
                canWatch: canWatch)
        case .receiveBody(let id):
            self.isUnread = false
            self.emptiedBody = UInt8(id)
        case .waitToRead(let id):
            self.emptiedBody = 0
            let reader = self.readers[1] == 0 ? 1 : 2
            self.readers[reader] = id
            wantsToBeWatched = try self.perform(
                self.state.waitToRead(reader, UInt64(id), until: Instant(nanoseconds: 1)), canWatch: canWatch)
        case .endBody(let isFollowed, let abort):
            try self.perform(
                self.state.bodyEnded(isFollowed: isFollowed, byAbort: abort, abortHasCome: { _ in abort }))
        case .abortBody:
            try self.perform(self.state.abort())
            if let current { try self.expect(self.cancels[current] == 1, "an abort cancels the handler") }
        case .answer(let id):
            self.handlers[id] = 0
            let action = self.state.answer(self.subject(id))
            if action.mayAnswer { self.rights[id] += 1 }
            try self.perform(action)
        case .waitToWrite:
            self.isWriterWaiting = true
            wantsToBeWatched = try self.perform(
                self.state.waitToWrite(Self.writer, until: Instant(nanoseconds: 1)), canWatch: canWatch)
        case .finish(let outcome):
            if outcome.keeps { self.places += 1 }
            if let current { self.finishes[current] += 1 }
            wantsToBeWatched = try self.perform(
                self.state.finish(outcome, Self.now, Self.limits, isStopping: self.isStopping), canWatch: canWatch)
            if outcome.hasBytes, self.holder == .reading { self.holder = .received }
        case .receiveDropped:
            self.isUnread = false
            self.holder = .droppingEmptied
        case .dropped(let count, let isEmpty):
            self.holder = .none
            try self.perform(
                self.state.dropped(count, isEmpty: isEmpty, Self.now, Self.limits, isStopping: self.isStopping))
        case .unwatchable: break
        }
        try self.check()
        return wantsToBeWatched && wasUnwatched
    }

    private static func beginning(_ id: Int) -> State.Beginning {
        .init(work: id, ordinal: UInt64(id), wireID: 1)
    }

    /// The request `id`, for an event of it. The event ends its worker's hold if it is a whole request.
    private mutating func subject(_ id: Int) -> State.Subject {
        guard self.wholes[id] > 0 else { return .begun(UInt64(id)) }
        if self.holder == .handlingWhole, id == self.begun { self.holder = .none }
        return .whole(Self.beginning(id))
    }

    /// Performs an action. Returns whether the connection was to be watched.
    @discardableResult private mutating func perform(
        _ action: consuming State.Action, canWatch: Bool = true
    ) throws -> Bool {
        var violation: Violation?
        func expect(_ condition: Bool, _ rule: String) {
            if !condition, violation == nil { violation = Violation(description: rule) }
        }
        let isWatched = action.watches != nil
        if isWatched {
            expect(!self.isClosed, "a closed descriptor is not watched")
            // A pending event is reported at once.
            self.isUnread = false
            if !canWatch { self.state.watchFailed(&action) }
        }
        action.perform { action in
            if action.shuts != nil { expect(!self.isClosed, "a closed descriptor is not shut down") }
            expect(action.fault == nil, "every event is allowed: \(String(describing: action.fault))")
            if let id = action.cancels {
                self.cancels[id] += 1
                expect(self.finishes[id] == 0, "a handler is not cancelled after its request")
            }
            // A reader that goes on looks at the socket. The end of input is there for every task to see.
            if !action.readers.isEmpty, !self.isEndReported { self.isUnread = false }
            for reader in action.readers {
                expect(self.readers[reader] > 0, "a reader is resumed once")
                self.readers[reader] = 0
            }
            if let writer = action.writer {
                expect(writer == Self.writer && self.isWriterWaiting, "a writer is resumed once")
                self.isWriterWaiting = false
            }
            if action.returnsPlace { self.places -= 1 }
            switch action.next {
            case .nothing: break
            case .read, .readLater:
                expect(self.holder == .none, "one worker reads at a time")
                self.holder = .reading
            case .drop:
                expect(self.holder == .none, "one worker drops input at a time")
                self.holder = .dropping
            case .answer(let id): self.rights[id] += 1
            case .close: self.closes += 1
            }
        }
        if let violation { throw violation }
        return isWatched
    }

    // MARK: Rules

    private func expect(_ condition: Bool, _ rule: String) throws(Violation) {
        if !condition { throw Violation(description: rule) }
    }

    private func check() throws(Violation) {
        for id in 1...Self.requestLimit {
            try self.expect(self.rights[id] <= 1, "a request is answered at most once")
            try self.expect(self.finishes[id] <= self.rights[id], "a request is finished by the task that answers it")
            try self.expect(self.cancels[id] <= 1, "a handler is cancelled at most once")
        }
        try self.expect(self.closes <= 1, "a connection is closed once")
        try self.expect(self.places == 0 || self.places == 1, "a place is taken once and given back once")
        let holds = self.holder != .none
        switch self.state.phase {
        case .reading:
            try self.expect(
                [.reading, .received, .emptied, .handlingWhole].contains(self.holder), "a worker reads")
            try self.expect(
                self.places == (self.holder == .handlingWhole ? 0 : 1), "the next request has its place")
        case .handling(let exchange, let handling):
            try self.expect(!holds, "no worker holds a connection whose handler has it")
            try self.expect(self.rights[exchange.work] == 0, "no task may answer yet")
            try self.expect(self.handlers[exchange.work] > 0, "a handler will decide")
            let isSuspended = self.unsuspended[exchange.work] == 0
            try self.expect(isSuspended == (handling.until != .never), "a handler has a deadline if it has suspended")
            try self.expect(
                !isSuspended || self.state.interest != .none || self.state.line == .broken,
                "the connection of a suspended handler is watched")
            try self.check(exchange)
        case .writing(let exchange, let wait):
            try self.expect(!holds, "no worker holds a connection on which a response is written")
            try self.expect(self.rights[exchange.work] == 1, "one task may answer")
            let isWaiting = if case .until = wait { true } else { false }
            try self.expect(isWaiting == self.isWriterWaiting, "a writer that waits has a deadline, and no other")
            try self.check(exchange)
        case .idle(let idle):
            try self.expect(!holds, "no worker holds an idle connection")
            try self.expect(self.state.interest == .input, "an idle connection is watched")
            try self.expect(!self.isUnread && !self.isEndReported, "an idle connection has no input that was reported")
            try self.expect(
                (idle.until == .never) == (self.state.line == .ended(by: .server)) || self.state.line == .broken
                    || idle.until != .never,
                "an idle connection has a deadline, or its end has begun")
            try self.expect(self.places == 1, "the next request has its place")
        case .lingering(let lingering):
            try self.expect(lingering.isDropping == holds, "a worker drops input, or the event loop has the connection")
            try self.expect(self.state.interest != .none, "a lingering connection is watched")
            try self.expect(holds || !self.isUnread, "pending input of a lingering connection is reported")
        case .closed:
            try self.expect(self.closes == 1 && !holds, "a connection that is over is closed")
            try self.expect(self.places == 0, "a closed connection has no place")
        }
        let isOver = self.current == nil
        try self.expect(!isOver || self.readers == Counts(), "a reader does not wait for a request that is over")
        try self.expect(!isOver || !self.isWriterWaiting, "a writer does not wait without a response")
        let whole = self.holder == .handlingWhole ? self.begun : nil
        for id in 1...Self.requestLimit where id <= self.begun && id != self.current && id != whole {
            try self.expect(self.finishes[id] == 1, "a request that is over was answered")
        }
    }

    private func check(_ exchange: State.Exchange) throws(Violation) {
        var waiting = Counts()
        if case .until(_, let readers) = exchange.readers {
            for reader in readers.tasks { waiting[reader] = exchange.work }
            try self.expect(!readers.tasks.isEmpty, "a deadline of readers has readers")
            try self.expect(!self.isUnread, "a reader does not wait while input was reported")
            try self.expect(self.state.line != .broken, "a reader does not wait for a peer that is gone")
            try self.expect(self.state.interest != .none, "a reader waits for a connection that is watched")
        }
        try self.expect(waiting == self.readers, "each reader that waits is known")
        if self.isWriterWaiting {
            try self.expect(self.state.line != .broken, "a writer does not wait for a peer that is gone")
            try self.expect(self.state.interest == .inputAndOutput, "a writer waits for room that is reported")
        }
    }
}
