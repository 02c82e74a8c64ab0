/// Events that a phase does not allow, and the end of every wait.
extension ConnectionState {
    /// An event that its phase does not allow: a fault in this library.
    ///
    /// Breaks the connection off, so that its holder closes it. The party that performs the action traps in a debug build,
    /// and logs an error in a release build.
    mutating func illegal(_ event: StaticString, in phase: Phase) -> Action {
        var action = Action()
        self.illegal(event, in: phase, &action)
        return action
    }

    /// An event that its phase does not allow, and that has an action already.
    mutating func illegal(_ event: StaticString, in phase: Phase, _ action: inout Action) {
        action.fault = Fault(event: event, phase: phase.name)
        self.breakLine()
        switch phase {
        case .handling(var exchange, let handling):
            Self.wakeAll(&exchange, &action)
            self.put(.handling(exchange, handling))
        case .writing(var exchange, var writer):
            Self.wakeAll(&exchange, &action)
            action.writer = writer.take()
            self.put(.writing(exchange, writer))
        case .closed:
            return self.put(.closed)
        case .reading, .idle, .lingering: self.put(phase)
        }
        // The descriptor stays open for its holder: another connection could be given its number.
        action.shuts = .both
    }

    /// Resumes the readers and cancels the handler's task.
    static func wakeAll(_ exchange: inout Exchange, _ action: inout Action) {
        action.readers = exchange.readers.take()?.tasks ?? []
        self.cancel(&exchange, &action)
    }

    /// Cancels the handler's task, once.
    static func cancel(_ exchange: inout Exchange, _ action: inout Action) {
        guard exchange.demand != .cancelled else { return }
        exchange.demand = .cancelled
        action.cancels = exchange.work
    }
}

extension ConnectionState.Phase {
    var name: StaticString {
        switch self {
        case .reading: "reading"
        case .handling: "handling"
        case .writing: "writing"
        case .idle: "idle"
        case .lingering: "lingering"
        case .closed: "closed"
        }
    }
}
