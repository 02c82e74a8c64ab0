extension ConnectionState {
    /// The duties that an event imposes on its caller. They cannot be ignored: an action that is not performed traps in
    /// a debug build, and the compiler refuses a call that does not use it.
    struct Action: ~Copyable {
        // MARK: Under the lock, because the descriptor is certainly open there

        /// The changes that the event loop reports from now on; it reports pending ones at once.
        var watches: Interest?
        /// The directions of the socket that are shut down.
        var shuts: Shut?
        /// The request whose task is marked, and cancelled after the lock is released.
        var cancels: Work?

        // MARK: Afterwards

        /// A time limit has passed.
        var limit: Limit?
        /// The tasks that continue.
        var readers: [Waiter] = []
        var writer: Waiter?
        /// Whether the caller has the right to answer its request, and holds the connection.
        var mayAnswer = false
        /// Whether the connection's place in the ``RequestBudget`` is given back, because no request will arrive on it.
        var returnsPlace = false
        /// The fault of this library that traps in a debug build, and is logged in a release build.
        var fault: Fault?
        var next = Next.nothing

        private var isPerformed = false

        init(next: Next = .nothing) {
            self.next = next
        }

        /// Whether a task continues or is cancelled.
        var wakes: Bool { !self.readers.isEmpty || self.writer != nil || self.cancels != nil }

        /// Performs the action.
        consuming func perform(_ body: (borrowing Action) -> Void) {
            self.isPerformed = true
            body(self)
        }

        deinit {
            assert(self.isPerformed, "an action was dropped")
        }
    }

    enum Next: Sendable {
        case nothing
        /// The caller's worker reads from the connection.
        case read
        /// A worker reads from the connection in its next turn.
        case readLater
        /// The caller's worker drops the connection's input.
        case drop
        /// This request is answered with 504 in its handler's place.
        case answer(Work)
        /// The caller closes the descriptor.
        case close
    }

    enum Shut: Sendable, Hashable { case input, output, both }

    /// A time limit that has passed.
    enum Limit: Sendable, Hashable {
        /// No request arrived.
        case idle
        /// All heads that have arrived in part hold too much memory.
        case heads
        /// A request's head did not arrive in time.
        case head
        /// A request's body did not arrive in time.
        case body
        /// A web server ended a body before its announced length, and the rest did not arrive in time.
        case bodyRest
        /// The handler did not answer in time.
        case handler
        /// The peer did not accept the response in time.
        case response
    }

    /// An event that its phase does not allow.
    struct Fault: Sendable, CustomStringConvertible {
        let event: StaticString
        let phase: StaticString

        var description: String { "the event \(self.event) happened while \(self.phase)" }
    }
}
