/// A task that handles requests, one after the other.
///
/// A task of its own for each request, with its memory, would be a sixth of what a small response costs. A runner that has nothing
/// to do lies on the list of a worker (``Worker/idleRunners``), suspended.
///
/// A task that was cancelled stays so. So whoever wants to cancel a request marks its runner first (``Cancellation``), under the
/// lock of the request's connection, and a marked runner ends with its request: nobody's cancellation ever reaches another's.
///
/// `@unchecked Sendable` holds because one party at a time touches a runner: the worker on whose list it lies, then its own task
/// from ``start(_:)`` until it is on a list again. The mark alone is set by others: see there.
final class RequestRunner: @unchecked Sendable {
    /// A request and who asks.
    struct Assignment {
        let connection: Connection
        let request: Request
        /// An error that was found before, to be answered without the handler.
        let refusal: (any Error)?
    }

    /// The end of a request's task. It is marked already; to cancel may run code of the handler's, and so comes after the lock.
    struct Cancellation {
        private let task: Task<Void, Never>?

        /// - Parameter runner: runs a request of a connection whose lock the caller has.
        init(of runner: RequestRunner) {
            runner.isMarked = true
            self.task = runner.task
        }

        func callAsFunction() { self.task?.cancel() }
    }

    /// How many idle ones a worker keeps. More would only be of use to many handlers that suspend at once.
    private static let mostIdle = 16

    private let loop: EventLoop
    private let handler: FastCGIServer.Handler
    private var assignment: Assignment?
    private var rest: UnsafeContinuation<Bool, Never>?
    /// Known before any connection knows the runner.
    private var task: Task<Void, Never>?
    /// Set under the lock of the connection whose request it runs, and only until that request is finished under the same lock.
    private var isMarked = false

    private init(loop: EventLoop, handler: @escaping FastCGIServer.Handler) {
        self.loop = loop
        self.handler = handler
    }

    /// An idle runner from the worker's list, or a new one for the server's handler.
    static func idle(on worker: Worker, for server: ServerCore) -> RequestRunner {
        if worker.idleRunners.isEmpty {
            let runner = RequestRunner(loop: worker.loop, handler: server.handler)
            // It begins by lying down on the list. Detached: nothing of the first request is to be found by the later ones.
            worker.runningNextJob {
                runner.task = Task.detached(executorPreference: worker.loop) { await runner.run() }
            }
        }
        return worker.idleRunners.removeLast()
    }

    /// Handles a request on the thread of `worker`, which has nothing else to do, until the handler suspends.
    ///
    /// - Returns: true if the request is over. False says nothing: the handler has suspended, or this runner has ended with it.
    func handle(_ assignment: consuming Assignment, on worker: Worker) -> Bool {
        self.assignment = assignment
        worker.runningNextJob { self.wake(true) }
        // Only this thread puts a runner onto the worker's list, and this one only when it has finished a request.
        return worker.idleRunners.last === self
    }

    /// Ends a runner that is idle.
    func end() { self.wake(false) }

    private func wake(_ isWanted: Bool) {
        let rest = self.rest.take()
        rest?.resume(returning: isWanted)
    }

    private func run() async {
        // Held once for all requests: to count a reference that all threads share, for each, is what they would wait for.
        let handler = self.handler
        while await self.isWanted() {
            guard let assignment = self.assignment.take() else { return }
            await assignment.connection.handle(assignment, handler)
        }
    }

    /// Lies down on the list of the worker that this task runs on, and returns true when there is something to do.
    private func isWanted() async -> Bool {
        guard !self.isMarked else { return false }
        return await withUnsafeContinuation { continuation in
            guard let worker = Worker.current, worker.loop === self.loop, worker.idleRunners.count < Self.mostIdle
            else {
                return continuation.resume(returning: false)
            }
            // Nobody else's turn comes on this thread before this task is suspended.
            self.rest = continuation
            worker.idleRunners.append(self)
        }
    }
}
