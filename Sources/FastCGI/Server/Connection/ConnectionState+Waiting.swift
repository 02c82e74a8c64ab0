/// Reports of the event loop, tasks that wait for them, and time limits.
extension ConnectionState {
    // MARK: Reports

    /// The event loop has seen a change of the socket.
    ///
    /// - Parameter abortHasCome: Whether an abort of the request with this number is the next input. Called at most
    ///   once.
    mutating func report(_ readiness: Readiness, abortHasCome: (UInt16) -> Bool) -> Action {
        let isGone = self.take(readiness)
        // A reader sees the end of the input by reading.
        let isReadable = !readiness.isDisjoint(with: [.readable, .ended, .gone])
        var action = Action()
        // Room in the socket matters only while a response is written: before, no writer has found the socket full.
        switch self.takePhase() {
        case .idle(let idle):
            self.put(.reading(Reading(isFirst: idle.isFirst, headUntil: idle.hasPart ? idle.until : nil)))
            action.next = .read
        case .lingering(var lingering):
            if lingering.isDropping {
                self.notice(.readable)
            } else {
                lingering.isDropping = true
                action.next = .drop
            }
            self.put(.lingering(lingering))
        case .handling(var exchange, let handling):
            if isReadable, self.wakeReaders(&exchange, readiness, &action),
                exchange.body == .ended, abortHasCome(exchange.wireID)
            {
                Self.cancel(&exchange, &action)
            }
            if isGone { Self.cancel(&exchange, &action) }
            self.put(.handling(exchange, handling))
        case .writing(var exchange, var writer):
            // While the response is being written, an abort has no effect.
            if isReadable { _ = self.wakeReaders(&exchange, readiness, &action) }
            if readiness.contains(.writable) || isGone {
                action.writer = writer.take()
                if action.writer == nil, readiness.contains(.writable) { self.notice(.writable) }
            }
            if isGone { Self.cancel(&exchange, &action) }
            self.put(.writing(exchange, writer))
        case .reading(let reading):
            if isReadable { self.notice(.readable) }
            self.put(.reading(reading))
        case .closed: break
        }
        return action
    }

    /// Takes an end of the connection from a report. Returns whether the peer is gone.
    private mutating func take(_ readiness: Readiness) -> Bool {
        // An end of input that this program has caused is reported as well.
        let isGone =
            readiness.contains(.gone)
            || readiness.contains(.ended) && !self.isLocal && self.line != .ended(by: .server)
        if isGone {
            self.breakLine()
        } else if readiness.contains(.ended) {
            self.endInput(by: .peer)
        }
        return isGone
    }

    /// Resumes the readers. If there are none, remembers the report and returns true.
    private mutating func wakeReaders(
        _ exchange: inout Exchange, _ readiness: Readiness, _ action: inout Action
    ) -> Bool {
        guard let readers = exchange.readers.take()?.tasks else {
            self.notice(.readable)
            return true
        }
        action.readers = readers
        // Each task sees the end for itself, also one that is just about to wait.
        if !readiness.isDisjoint(with: [.ended, .gone]) { self.notice(.readable) }
        return false
    }

    /// The event loop has no room for the connection: no event of it would ever be reported, and no time limit would end it.
    ///
    /// - Parameter action: The action that wanted it watched.
    mutating func watchFailed(_ action: inout Action) {
        self.watchNothing()
        self.breakLine()
        switch self.takePhase() {
        case .idle:
            action.returnsPlace = true
            action.next = .close
        case .lingering: action.next = .close
        case .handling(var exchange, let handling):
            action.readers += exchange.readers.take()?.tasks ?? []
            Self.cancel(&exchange, &action)
            self.put(.handling(exchange, handling))
        case .writing(var exchange, var writer):
            action.readers += exchange.readers.take()?.tasks ?? []
            action.writer = writer.take()
            Self.cancel(&exchange, &action)
            self.put(.writing(exchange, writer))
        // Nothing is watched in these phases.
        case let phase:
            action.fault = Fault(event: "watchFailed", phase: phase.name)
            self.put(phase)
        }
    }

    // MARK: Waiting

    /// A task waits for the body of a request. It is resumed at once if there is no reason to wait.
    ///
    /// - Parameters:
    ///   - ordinal: The number of the request on the connection.
    ///   - limit: The limit that has passed at `until`.
    mutating func waitToRead(_ reader: Waiter, _ ordinal: UInt64, until: Instant, _ limit: Limit = .body) -> Action {
        guard self.hasBegun(.begun(ordinal)) else {
            var action = self.illegal("waitToRead", in: self.phase)
            // The waiter must not wait forever; its caller finds the line broken.
            action.readers.append(reader)
            return action
        }
        var action = Action()
        switch self.takePhase() {
        case .handling(var exchange, var handling) where exchange.ordinal == ordinal:
            self.add(reader, to: &exchange, until: until, limit, &action)
            self.extend(&handling, for: exchange)
            self.put(.handling(exchange, handling))
        case .writing(var exchange, let writer) where exchange.ordinal == ordinal:
            self.add(reader, to: &exchange, until: until, limit, &action)
            self.put(.writing(exchange, writer))
        case let phase:
            // The request is over, and the connection may belong to another one.
            action.readers = [reader]
            self.put(phase)
        }
        return action
    }

    private mutating func add(
        _ reader: Waiter, to exchange: inout Exchange, until: Instant, _ limit: Limit, _ action: inout Action
    ) {
        guard self.line != .broken, exchange.body == .coming, !self.takeUnseen(.readable) else {
            action.readers = [reader]
            return
        }
        let others = exchange.readers.take()?.tasks ?? []
        exchange.readers = .until(until, Readers(tasks: others + [reader], limit: limit))
        // A writer that waits keeps its reports.
        if self.interest == .none { self.watch(.input, &action) }
    }

    /// Gives a handler that waits for its request's body its whole time after the latest moment at which that wait can end: the limit of
    /// the body limits the wait.
    func extend(_ handling: inout Handling, for exchange: borrowing Exchange) {
        guard handling.until != .never, case .until(let end, _) = exchange.readers else { return }
        handling.until = max(handling.until, end.advanced(by: self.handlerLimit))
    }

    /// The task that writes the response waits for room in the socket. It is resumed at once if there is no reason to wait.
    mutating func waitToWrite(_ writer: Waiter, until: Instant) -> Action {
        let phase = self.takePhase()
        guard case .writing(let exchange, .none) = phase else {
            var action = self.illegal("waitToWrite", in: phase)
            // The waiter must not wait forever; its caller finds the line broken.
            action.readers.append(writer)
            return action
        }
        var action = Action()
        guard self.line != .broken, !self.takeUnseen(.writable) else {
            action.writer = writer
            self.put(.writing(exchange, .none))
            return action
        }
        self.put(.writing(exchange, .until(until, writer)))
        // Without a writer that waits, the event loop would report each time that the peer reads.
        self.watch(.inputAndOutput, &action)
        return action
    }

    // MARK: Time limits

    /// The clock has ticked, or the server stops. Acts on one time limit that has passed.
    ///
    /// - Parameters:
    ///   - isStopping: Whether the server stops, so that connections without a request are closed.
    ///   - hasInput: Whether input is pending that no worker has seen. Called at most once.
    mutating func expire(_ now: Instant, _ limits: ConnectionLimits, isStopping: Bool, hasInput: () -> Bool) -> Action {
        var action = Action()
        switch self.takePhase() {
        case .idle(var idle):
            self.expire(&idle, now, limits, isStopping: isStopping, hasInput: hasInput, &action)
            self.put(.idle(idle))
        case .lingering(var lingering):
            if isStopping, lingering.holdsOutput {
                lingering.holdsOutput = false
                lingering.until = min(lingering.until, now.advanced(by: limits.lingerPause))
            }
            if lingering.until <= now, !lingering.isDropping {
                // A worker sees the end of input and closes.
                lingering.until = .never
                action.shuts = .both
            }
            self.put(.lingering(lingering))
        case .handling(var exchange, let handling):
            if handling.until <= now {
                action.limit = .handler
                action.next = .answer(exchange.work)
                Self.cancel(&exchange, &action)
                self.put(.writing(exchange, .none))
            } else {
                Self.expire(&exchange, now, &action)
                self.put(.handling(exchange, handling))
            }
        case .writing(var exchange, var writer):
            if writer.isDue(now) {
                action.limit = .response
                self.breakLine()
                Self.wakeAll(&exchange, &action)
                action.writer = writer.take()
            } else {
                Self.expire(&exchange, now, &action)
            }
            self.put(.writing(exchange, writer))
        // The worker that reads will make the connection idle, and the limit is checked then.
        case let phase: self.put(phase)
        }
        return action
    }

    private mutating func expire(
        _ idle: inout Idle, _ now: Instant, _ limits: ConnectionLimits, isStopping: Bool, hasInput: () -> Bool,
        _ action: inout Action
    ) {
        guard self.line != .ended(by: .server) else { return }
        let isDue = idle.until <= now
        // A request that has begun to arrive keeps its time limit.
        let isUnwanted = isStopping && !idle.hasPart && !hasInput()
        if isUnwanted, idle.isFirst, !isDue {
            // The connection was accepted for a request, which has probably been sent.
            idle.until = min(idle.until, now.advanced(by: limits.lastRequest))
            return
        }
        guard isDue || isUnwanted else { return }
        // A worker sees the end of input and closes. Output stays open, so that a request that arrived at this moment
        // is answered.
        idle.until = .never
        self.endInput(by: .server)
        action.shuts = .input
        if isDue { action.limit = idle.hasPart ? .head : .idle }
    }

    /// The heads that have arrived in part hold too much memory, and this one is given up, if its rest is awaited.
    mutating func giveUpHead() -> Action {
        var action = Action()
        guard case .idle(var idle) = self.phase, idle.hasPart, self.line != .ended(by: .server) else { return action }
        idle.until = .never
        self.put(.idle(idle))
        self.endInput(by: .server)
        action.shuts = .input
        action.limit = .heads
        return action
    }

    private static func expire(_ exchange: inout Exchange, _ now: Instant, _ action: inout Action) {
        guard exchange.readers.isDue(now), let readers = exchange.readers.take() else { return }
        exchange.body = .late
        action.limit = readers.limit
        action.readers = readers.tasks
    }
}
