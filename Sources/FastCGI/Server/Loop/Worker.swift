import CLinux
import Glibc

/// One thread of the event loop, and what only this thread touches.
///
/// A worker is made on its thread and found through a thread-specific pointer; every property belongs to that thread alone, so
/// nothing here is locked and nothing may leave: no reference to a worker is stored outside its thread.
final class Worker {
    /// The most bytes that are taken from a socket at once. A request that is here as a whole within this size needs no more
    /// putting together.
    static let bufferSize = 64 << 10

    let loop: EventLoop
    /// 0 for the loop's first worker, and so on.
    let number: Int

    /// Bytes that were received, valid until more are.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Worker.bufferSize, alignment: 16)

    /// While true, the next job that is enqueued on this thread is run here next, and nobody is woken for it: this thread has
    /// nothing else to do.
    var takesNextJob = false
    var nextJob: UnownedJob?

    /// The number of the next request that begins on this thread, and how many more may be given here before more are asked for.
    var nextRequestID: UInt64 = 0
    var requestIDsLeft = 0

    /// A connection whose next request has come while this thread ended the last one.
    var nextConnection: Connection?

    /// How often this thread has looked at what may still be ready since events last came first, and how many of these have to
    /// come before it does so again.
    var unreportedTaken = 0
    var eventsDue = 0

    /// Tasks that wait for a request on this thread.
    var idleRunners: [RequestRunner] = []

    /// What libfcgi reads this thread's requests from.
    let source: RequestSource

    private init(loop: EventLoop, number: Int, source: RequestSource) {
        self.loop = loop
        self.number = number
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

    /// The worker whose thread this is, if it is one.
    static var current: Worker? {
        guard let pointer = pthread_getspecific(self.key) else { return nil }
        return Unmanaged<Worker>.fromOpaque(pointer).takeUnretainedValue()
    }

    // MARK: Making room

    /// How many turns a worker may have in a row without waiting: a quarter of a millisecond of small requests. Half as many cost a
    /// tenth of the rate, and twice as many leave others waiting.
    private static let longestStreak = 24
    private static let pause = timespec(tv_sec: 0, tv_nsec: 20_000)
    private var turns = 0
    private var waits = 0

    /// Called at each turn: pauses for 20 µs if this thread has always had something to do for many turns.
    ///
    /// Where there are more threads than processors, the kernel lets a thread that never waits run until its next tick, which may be
    /// 4 ms away; a web server's thread that was woken meanwhile, on the same processor, waits for so long, and with it all its
    /// connections. Not sched_yield(2): a thread that calls it often gets next to nothing beside one that never does.
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

    /// Runs the calling thread as a worker of `loop` until the loop ends.
    static func run(_ loop: EventLoop, number: Int, source: RequestSource) {
        let worker = Worker(loop: loop, number: number, source: source)
        // The pause is as short as it says.
        _ = linux_set_timer_slack(1)
        _ = linux_set_thread_name("fastcgi-worker")
        pthread_setspecific(self.key, Unmanaged.passUnretained(worker).toOpaque())
        loop.work(worker)
        while let runner = worker.idleRunners.popLast() { worker.runningNextJob { runner.end() } }
        pthread_setspecific(self.key, nil)
    }

    /// Does something that may enqueue a job, and runs that job here and now.
    ///
    /// A handler that does not suspend costs no thread hop this way.
    func runningNextJob<Result>(_ body: () -> Result) -> Result {
        self.takesNextJob = true
        let result = body()
        self.takesNextJob = false
        if let job = self.nextJob {
            self.nextJob = nil
            job.runSynchronously(on: self.loop.asUnownedTaskExecutor())
        }
        return result
    }
}
