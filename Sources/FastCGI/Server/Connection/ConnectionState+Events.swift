/// The life of a connection: its phases from one request to the next.
extension ConnectionState {
    // MARK: Reading

    /// The socket is empty, and no request is complete. Only the worker that reads causes this event.
    ///
    /// - Parameters:
    ///   - hasPart: Whether a request's head has begun to arrive.
    ///   - isStopping: Whether the server stops.
    mutating func pause(hasPart: Bool, _ now: Instant, _ limits: ConnectionLimits, isStopping: Bool) -> Action {
        let phase = self.takePhase()
        guard case .reading(var reading) = phase else { return self.illegal("pause", in: phase) }
        if !hasPart, isStopping, !reading.isFirst {
            self.put(.closed)
            return Self.closing(returnsPlace: true)
        }
        // The time limit of a head runs from its first byte. Further bytes do not extend it.
        reading.headUntil = hasPart ? reading.headUntil ?? now.advanced(by: limits.head) : nil
        guard !self.takeUnseen(.readable) else {
            self.put(.reading(reading))
            return Action(next: .readLater)
        }
        let until = reading.headUntil ?? now.advanced(by: isStopping ? limits.lastRequest : limits.idle)
        self.put(.idle(Idle(isFirst: reading.isFirst, hasPart: hasPart, until: until)))
        var action = Action()
        self.watch(.input, &action)
        return action
    }

    /// More input may be pending than a worker has taken: pending input is not reported again.
    mutating func mayHaveMore() -> Action {
        switch self.phase {
        case .reading, .handling, .writing:
            self.notice(.readable)
            return Action()
        // No party takes bytes from the socket here, or the worker that does looks again.
        case .idle, .lingering, .closed: return self.illegal("mayHaveMore", in: self.phase)
        }
    }

    /// A request's head is complete. The worker that read it starts the handler next.
    ///
    /// - Parameters:
    ///   - beginning: The request.
    ///   - body: `ended` if the request has arrived completely and no byte follows it.
    ///   - isAborted: Whether an abort of the request has been read already.
    mutating func begin(_ beginning: Beginning, body: Body, isAborted: Bool) -> Action {
        let phase = self.takePhase()
        guard case .reading = phase, self.noteBegin(beginning.ordinal) else { return self.illegal("begin", in: phase) }
        self.put(.handling(Exchange(beginning, body: body, demand: isAborted ? .aborted : .wanted), Handling()))
        return Action()
    }

    /// The holder can read no further request from the connection, because its input has ended or is invalid.
    mutating func close() -> Action {
        let phase = self.takePhase()
        self.put(.closed)
        switch phase {
        case .reading: return Self.closing(returnsPlace: true)
        case .lingering(let lingering) where lingering.isDropping: return Self.closing(returnsPlace: false)
        case .handling, .writing, .idle, .lingering, .closed: return self.illegal("close", in: phase)
        }
    }

    /// The worker that reads has refused a request, and the peer may still be sending.
    ///
    /// A close with unread input resets a TCP connection, and the peer may lose a response that it has not read yet. Caddy and
    /// mod_proxy_fcgi pass a body on as it arrives; Caddy reads no response before it has written all of the body.
    mutating func linger(_ now: Instant, _ limits: ConnectionLimits) -> Action {
        let phase = self.takePhase()
        guard case .reading = phase else { return self.illegal("linger", in: phase) }
        var action = Action()
        action.returnsPlace = true
        self.linger(now, limits, holdsOutput: false, &action)
        return action
    }

    private mutating func linger(
        _ now: Instant, _ limits: ConnectionLimits, holdsOutput: Bool, _ action: inout Action
    ) {
        let end = now.advanced(by: holdsOutput ? limits.lingerOutput : limits.linger)
        let until = holdsOutput ? end : min(end, now.advanced(by: limits.lingerPause))
        self.put(
            .lingering(
                Lingering(until: until, end: end, bytesLeft: limits.lingerBytes, holdsOutput: holdsOutput)))
        action.shuts = .output
        // Pending input may have been reported earlier, when it was not to be dropped.
        self.watchAgain(&action)
    }

    private static func closing(returnsPlace: Bool) -> Action {
        var action = Action(next: .close)
        action.returnsPlace = returnsPlace
        return action
    }

    // MARK: Handling

    /// The handler has suspended for the first time. From now on a peer that goes away, or an abort, cancels it.
    ///
    /// Nothing happens if the request is over already.
    mutating func suspend(_ request: Subject, until: Instant, abortHasCome: (UInt16) -> Bool) -> Action {
        guard self.hasBegun(request) else { return self.illegal("suspend", in: self.phase) }
        var action = Action()
        switch self.takePhase() {
        case .handling(var exchange, var handling) where exchange.ordinal == request.ordinal:
            if self.interest == .none { self.watch(.input, &action) }
            handling.until = until
            self.extend(&handling, for: exchange)
            // Reports that arrived before the handler suspended.
            let isUnwanted =
                self.line == .broken || exchange.demand == .aborted
                || self.unseen.contains(.readable) && exchange.body == .ended && abortHasCome(exchange.wireID)
            if isUnwanted { Self.cancel(&exchange, &action) }
            self.put(.handling(exchange, handling))
        case .writing(let exchange, let writer) where exchange.ordinal == request.ordinal:
            if self.interest == .none { self.watch(.input, &action) }
            self.put(.writing(exchange, writer))
        // The request is over.
        case let phase: self.put(phase)
        }
        return action
    }

    /// A task has read the body to its end. Other tasks that wait for it find that out themselves.
    ///
    /// - Parameter isFollowed: Whether bytes after it have been read, too. If so, `byAbort` says whether they begin
    ///   with an abort of the request.
    mutating func bodyEnded(isFollowed: Bool, byAbort: Bool, abortHasCome: (UInt16) -> Bool) -> Action {
        var action = Action()
        switch self.takePhase() {
        case .handling(var exchange, let handling):
            exchange.body = isFollowed ? .followed : .ended
            if isFollowed ? byAbort : self.unseen.contains(.readable) && abortHasCome(exchange.wireID) {
                Self.cancel(&exchange, &action)
            }
            action.readers = exchange.readers.take()?.tasks ?? []
            self.put(.handling(exchange, handling))
        case .writing(var exchange, let writer):
            exchange.body = isFollowed ? .followed : .ended
            action.readers = exchange.readers.take()?.tasks ?? []
            self.put(.writing(exchange, writer))
        // A body that has arrived with its head is read before the request begins.
        case .reading(let reading): self.put(.reading(reading))
        case let phase: self.illegal("bodyEnded", in: phase, &action)
        }
        return action
    }

    /// An abort of the request has arrived instead of the rest of its body.
    mutating func abort() -> Action {
        var action = Action()
        switch self.takePhase() {
        case .handling(var exchange, let handling):
            Self.cancel(&exchange, &action)
            self.put(.handling(exchange, handling))
        case .writing(var exchange, let writer):
            Self.cancel(&exchange, &action)
            self.put(.writing(exchange, writer))
        case .reading(let reading): self.put(.reading(reading))
        case let phase: self.illegal("abort", in: phase, &action)
        }
        return action
    }

    /// The handler has returned. Its task gets the right to answer (``Action/mayAnswer``) unless a time limit has
    /// answered the request in its place: the task does not hold the connection then.
    mutating func answer(_ request: Subject) -> Action {
        guard self.hasBegun(request) else { return self.illegal("answer", in: self.phase) }
        var action = Action()
        switch self.takePhase() {
        case .handling(let exchange, _) where exchange.ordinal == request.ordinal:
            self.put(.writing(exchange, .none))
            action.mayAnswer = true
        // A time limit has answered it, or it is even over.
        case let phase: self.put(phase)
        }
        return action
    }

    // MARK: Writing

    /// How a request has ended.
    struct Outcome: Sendable, Hashable {
        /// Whether the response was sent completely.
        var isComplete: Bool
        /// Whether another request may arrive on the connection; its place in the ``RequestBudget`` is taken then.
        var keeps: Bool
        /// Whether the request has been read to its end.
        var isInStep: Bool
        /// Whether bytes after the request have been read.
        var hasBytes: Bool
        /// Whether the kernel holds a part of the response that a TCP peer has not acknowledged.
        ///
        /// The kernel discards it if the peer sends anything after the close: HAProxy aborts its requests when it stops, even
        /// those whose responses it is receiving.
        var holdsOutput = false
    }

    /// The response has been sent or abandoned. Ends the caller's hold.
    mutating func finish(
        _ outcome: Outcome, _ now: Instant, _ limits: ConnectionLimits, isStopping: Bool
    ) -> Action {
        let phase = self.takePhase()
        guard case .writing(var exchange, .none) = phase else { return self.illegal("finish", in: phase) }
        var action = Action()
        // Tasks that a handler has left behind find that the body is over.
        action.readers = exchange.readers.take()?.tasks ?? []
        self.finish(outcome, now, limits, isStopping: isStopping, &action)
        return action
    }

    /// The handler of a whole request has returned on its worker's thread without suspending, and the response has been
    /// sent in one write, or abandoned. Ends the worker's hold.
    ///
    /// No other party can have caused an event of the request, so it has no phase of its own. That saves two events.
    mutating func finishWhole(
        _ ordinal: UInt64, _ outcome: Outcome, _ now: Instant, _ limits: ConnectionLimits, isStopping: Bool
    ) -> Action {
        let phase = self.takePhase()
        guard case .reading = phase, self.noteBegin(ordinal) else { return self.illegal("finishWhole", in: phase) }
        var action = Action()
        self.finish(outcome, now, limits, isStopping: isStopping, &action)
        return action
    }

    private mutating func finish(
        _ outcome: Outcome, _ now: Instant, _ limits: ConnectionLimits, isStopping: Bool, _ action: inout Action
    ) {
        guard outcome.isComplete, self.line != .broken else {
            action.returnsPlace = outcome.keeps
            action.next = .close
            self.put(.closed)
            return
        }
        guard outcome.keeps, outcome.isInStep, self.line != .ended(by: .server) else {
            action.returnsPlace = outcome.keeps
            if outcome.isInStep, !outcome.hasBytes, !outcome.holdsOutput, !self.unseen.contains(.readable) {
                action.next = .close
                self.put(.closed)
            } else {
                self.linger(now, limits, holdsOutput: outcome.holdsOutput && !isStopping, &action)
            }
            return
        }
        // Neither an end of input nor pending input is reported again, so a worker has to read.
        guard !outcome.hasBytes, self.line == .open, !self.takeUnseen(.readable) else {
            action.next = .readLater
            self.put(.reading(Reading(isFirst: false)))
            return
        }
        self.put(.idle(Idle(isFirst: false, hasPart: false, until: now.advanced(by: limits.idle))))
        if isStopping {
            // The stop has checked this connection already, or will find it idle.
            self.endInput(by: .server)
            action.shuts = .input
        }
        self.watch(.input, &action)
    }

    // MARK: Lingering

    /// A worker has dropped input. Ends the worker's hold.
    ///
    /// - Parameters:
    ///   - count: The number of bytes.
    ///   - isEmpty: Whether the socket was found empty. Otherwise the rest is dropped in a later turn.
    mutating func dropped(
        _ count: Int, isEmpty: Bool, _ now: Instant, _ limits: ConnectionLimits, isStopping: Bool
    ) -> Action {
        let phase = self.takePhase()
        guard case .lingering(var lingering) = phase, lingering.isDropping else {
            return self.illegal("dropped", in: phase)
        }
        lingering.bytesLeft -= min(count, lingering.bytesLeft)
        guard lingering.bytesLeft > 0 else {
            self.put(.closed)
            return Self.closing(returnsPlace: false)
        }
        // A server that stops grants no further time.
        if !isStopping { lingering.until = min(lingering.end, now.advanced(by: limits.lingerPause)) }
        lingering.isDropping = false
        self.put(.lingering(lingering))
        var action = Action()
        if self.takeUnseen(.readable) || !isEmpty { self.watchAgain(&action) }
        return action
    }
}
