import Sendfile

/// A task that handles requests, one after the other.
///
/// A new task for each request would be a sixth of the cost of a small response. A runner without a request is idle: suspended, on the
/// list of a worker (``Worker/idleRunners``).
///
/// A task that was cancelled stays cancelled. So a cancellation marks its runner first (``Cancellation``), under the lock of the request's
/// connection, and a marked runner ends with its request. A cancellation never reaches a later request.
///
/// `@unchecked Sendable` holds because one party at a time touches a runner: the worker on whose list it is, then its own task from
/// ``handle(_:on:)`` until it is on a list again. Only the mark is set by other parties, under that lock. So no access is checked against
/// others while the program runs.
final class RequestRunner: @unchecked Sendable {
    /// A request and its connection.
    struct Assignment {
        let connection: Connection
        let request: Request
        /// The number of the request on its connection, from 1.
        let ordinal: UInt64
        let wireID: UInt16
        /// Whether the request is *whole*: it arrived completely in one read.
        ///
        /// The connection of a whole request stays in the phase `reading` while the handler runs. If the handler answers
        /// without suspending and the response fits into one write, as for nearly every request, the connection's state is
        /// told once, at the end (``ConnectionState/finishWhole(_:_:_:_:isStopping:)``). Otherwise the first event that is
        /// about the request begins it (``ConnectionState/Subject/whole(_:)``).
        let isWhole: Bool
        /// The error with which the request is answered in place of the handler.
        let refusal: (any Error)?

        /// The request, for the events of the connection's state.
        func subject(of runner: RequestRunner) -> Connection.State.Subject {
            guard self.isWhole else { return .begun(self.ordinal) }
            let work = Connection.Work(request: self.request, runner: runner)
            return .whole(.init(work: work, ordinal: self.ordinal, wireID: self.wireID))
        }
    }

    /// The cancellation of a request's task. The runner is marked already; the task is cancelled after the lock is released, because that
    /// may run the handler's code.
    struct Cancellation {
        private let task: Task<Void, Never>?

        /// - Parameter runner: The runner of a connection's request. The caller holds that connection's lock.
        init(of runner: RequestRunner) {
            runner.isMarked = true
            self.task = runner.task
        }

        func callAsFunction() { self.task?.cancel() }
    }

    /// The maximum number of idle runners that a worker keeps. More would help only if many handlers suspended at once.
    private static let mostIdle = 16

    private let loop: EventLoop
    private let handler: FastCGIServer.Handler
    @exclusivity(unchecked) private var assignment: Assignment?
    @exclusivity(unchecked) private var idling: UnsafeContinuation<Bool, Never>?
    /// Set before any connection has the runner.
    @exclusivity(unchecked) private var task: Task<Void, Never>?
    /// Set under the lock of the connection whose request it runs, and only until that request is finished under the same lock.
    @exclusivity(unchecked) private var isMarked = false
    /// The request that it handles, for any thread.
    private let current = Locked<Request?>(nil)

    private init(loop: EventLoop, handler: @escaping FastCGIServer.Handler) {
        self.loop = loop
        self.handler = handler
    }

    /// An idle runner from the worker's list, or a new one for the server's handler.
    static func idle(on worker: Worker, for server: ServerCore) -> RequestRunner {
        if worker.idleRunners.isEmpty {
            let runner = RequestRunner(loop: worker.loop, handler: server.handling.handler)
            // A new runner first parks itself in the idle list.
            server.runners.start(runner, on: worker)
        }
        return worker.idleRunners.removeLast()
    }

    /// Creates the task of a new runner, whose first job runs next on the thread of this worker. Called by ``RunnerOrigin`` only, so that
    /// the task inherits the values of the server, and nothing from a request.
    func begin() {
        guard let worker = Worker.current else { return }
        worker.takesNextJob = true
        self.task = Task(executorPreference: self.loop) { await self.run() }
        worker.takesNextJob = false
    }

    /// Handles a request on the thread of `worker`, which has nothing else to do, until the handler suspends.
    ///
    /// - Returns: True if the request is over. False if the handler has suspended, or if this runner has ended with the
    ///   request.
    func handle(_ assignment: consuming Assignment, on worker: Worker) -> Bool {
        let request = assignment.request
        worker.handledRequest = request.id
        self.current.withLock { $0 = request }
        self.assignment = assignment
        worker.runningNextJob { self.wake(true) }
        worker.handledRequest = 0
        worker.callHasReturned(in: request)
        // Only this thread puts a runner onto the worker's list, and this one only when it has finished a request.
        return worker.idleRunners.last === self
    }

    /// The request that it handles. May be read by any thread.
    var request: Request? { self.current.withLock { $0 } }

    /// Ends a runner that is idle.
    func end() { self.wake(false) }

    private func wake(_ isWanted: Bool) {
        let idling = self.idling.take()
        idling?.resume(returning: isWanted)
    }

    private func run() async {
        // One reference for all requests: threads would wait for one another to count a shared reference for each.
        let handler = self.handler
        let key = TaskKey.current
        self.loop.directory.add(self, key)
        defer { self.loop.directory.remove(key) }
        while await self.isWanted() {
            guard let assignment = self.assignment.take() else { return }
            await assignment.connection.handle(assignment, on: self, handler)
            self.current.withLock { $0 = nil }
        }
    }

    /// Puts this runner onto the idle list of its worker, and returns true when there is a request.
    private func isWanted() async -> Bool {
        guard !self.isMarked else { return false }
        return await withUnsafeContinuation { continuation in
            guard let worker = Worker.current, worker.loop === self.loop, worker.idleRunners.count < Self.mostIdle
            else {
                return continuation.resume(returning: false)
            }
            // No other task runs on this thread before this one is suspended.
            self.idling = continuation
            worker.idleRunners.append(self)
        }
    }
}
