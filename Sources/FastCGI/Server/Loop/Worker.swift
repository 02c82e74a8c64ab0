import CLinux
import Glibc

/// One thread of the event loop, with the properties that only this thread touches.
///
/// A worker is created on its thread and found through a thread-specific pointer. Every property belongs to that thread alone, so none is
/// locked, no access is checked against others, and no reference to a worker is stored outside its thread.
final class Worker {
    /// The maximum number of bytes that are taken from a socket at once. A complete request of up to this size needs no
    /// assembling.
    static let bufferSize = 64 << 10

    let loop: EventLoop
    /// The turn of a seat that this thread is in.
    @exclusivity(unchecked) var turn: WorkerSeats.Turn

    /// The received bytes, valid until the next receive.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Worker.bufferSize, alignment: 16)

    /// While true, the next job that is enqueued on this thread runs here next, and no other worker is woken for it.
    @exclusivity(unchecked) var takesNextJob = false
    @exclusivity(unchecked) var nextJob: UnownedJob?

    /// The number of the request whose handler runs on this thread and has not suspended yet, or 0.
    @exclusivity(unchecked) var handledRequest: UInt64 = 0

    /// The number of the next request that begins on this thread, and how many numbers are left before more are taken.
    @exclusivity(unchecked) var nextRequestID: UInt64 = 0
    @exclusivity(unchecked) var requestIDsLeft = 0

    /// A connection with pending input from which this thread reads next.
    @exclusivity(unchecked) var nextConnection: Connection?

    /// The number of tokens that this thread has taken since an event last came first, and the number of events that
    /// must come before it takes another token.
    @exclusivity(unchecked) var unreportedTaken = 0
    @exclusivity(unchecked) var eventsDue = 0

    /// Runners without a request, on this thread.
    @exclusivity(unchecked) var idleRunners: [RequestRunner] = []

    /// The file from which libfcgi reads this thread's requests.
    let source: RequestSource

    private init(loop: EventLoop, turn: WorkerSeats.Turn, source: RequestSource) {
        self.loop = loop
        self.turn = turn
        self.source = source
    }

    deinit {
        self.buffer.deallocate()
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        let result = pthread_key_create(&key, nil)
        precondition(result == 0, "no thread-specific storage: \(result)")
        return key
    }()

    /// The worker whose thread this is; `nil` on other threads.
    static var current: Worker? {
        guard let pointer = pthread_getspecific(self.key) else { return nil }
        return Unmanaged<Worker>.fromOpaque(pointer).takeUnretainedValue()
    }

    // MARK: Making room

    /// The maximum number of turns in a row without parking: half a millisecond of small requests. Half as many cost
    /// a twentieth of the rate over 256 connections on two processors; many more leave other threads waiting.
    private static let longestStreak = 48
    private static let pause = timespec(tv_sec: 0, tv_nsec: 20_000)
    @exclusivity(unchecked) private var turns = 0
    @exclusivity(unchecked) private var waits = 0

    /// Called at each turn: pauses for 20 µs if this thread has not parked for many turns.
    ///
    /// With more threads than processors, the kernel lets a thread that never parks run until the next tick, which may be 4 ms away. A thread
    /// of a web server that was woken on the same processor waits for that long, and with it all its connections. sched_yield(2) does not
    /// help: a thread that calls it often gets next to no time beside one that never does.
    func makeRoom() {
        self.turns += 1
        guard self.turns == Self.longestStreak else { return }
        self.turns = 0
        let waits = linux_waits()
        guard waits == self.waits else {
            self.waits = waits
            return
        }
        var pause = Self.pause
        nanosleep(&pause, nil)
        self.waits = linux_waits()
    }

    /// Runs the calling thread as a worker of `loop`, from this turn on, until the loop ends or the thread is not needed.
    static func run(_ loop: EventLoop, from turn: WorkerSeats.Turn, source: RequestSource) {
        let worker = Worker(loop: loop, turn: turn, source: source)
        // Without this, the kernel may make the pause 50 µs longer.
        _ = linux_set_timer_slack(1)
        _ = linux_set_thread_name("fastcgi-worker")
        pthread_setspecific(self.key, Unmanaged.passUnretained(worker).toOpaque())
        let hasSeat = worker.workInSeats()
        while let runner = worker.idleRunners.popLast() { worker.runningNextJob { runner.end() } }
        pthread_setspecific(self.key, nil)
        if hasSeat { loop.pool.leave(worker.turn) }
    }

    /// Works in a seat, and in the next one when that is lost. Returns whether the worker has a seat at the end.
    private func workInSeats() -> Bool {
        let pool = self.loop.pool
        let status = ThreadStatus()
        while true {
            pool.seats.sit(self.turn, status)
            guard self.loop.work(self) else { return true }
            pool.turnHasEnded(self.turn)
            guard let turn = pool.waitForSeat(isCounted: false) else { return false }
            self.turn = turn
        }
    }

    /// Lets other workers read from the connection that this one would read from next, because its next step may block.
    func passOn() {
        guard let connection = self.nextConnection else { return }
        self.nextConnection = nil
        self.loop.post(.connection(connection))
    }

    /// Notes the task whose job this thread runs next.
    func note(_ job: UnownedJob) { self.loop.pool.seats.note(TaskKey(job), self.turn) }

    /// Notes that a call for this request has returned, which may have blocked.
    func callHasReturned(in request: Request) {
        guard !self.loop.pool.seats.isCurrent(self.turn) else { return }
        self.loop.pool.callHasReturned(self.turn, in: request)
    }

    /// Calls `body`, which may enqueue a job, and runs that job at once on this thread.
    ///
    /// So a handler that does not suspend never leaves the thread that read its request.
    func runningNextJob<Result>(_ body: () -> Result) -> Result {
        self.takesNextJob = true
        let result = body()
        self.takesNextJob = false
        self.runNextJob()
        return result
    }

    /// Runs the job that was enqueued while this thread took the next one, if there is one.
    func runNextJob() {
        guard let job = self.nextJob else { return }
        self.nextJob = nil
        self.note(job)
        job.runSynchronously(on: self.loop.asUnownedTaskExecutor())
    }
}
