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

    /// Bytes that were received, valid until more are.
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Worker.bufferSize, alignment: 16)

    /// While true, the next job that is enqueued on this thread is run here next, and nobody is woken for it: this thread has
    /// nothing else to do.
    var takesNextJob = false
    var nextJob: UnownedJob?

    /// The request that was answered last on this thread.
    var lastAnswered: UInt64 = 0

    /// A connection whose next request has come while this thread ended the last one.
    var nextConnection: Connection?

    /// A file in memory from which libfcgi reads what was found well-formed, and nothing else. Made at the start: when it is
    /// needed, the process may have no descriptor left.
    private var memory = Worker.makeMemoryFile()
    private var memoryEnd = 0
    /// How many bytes it may hold before it is emptied.
    private static let memoryLimit = 256 << 10

    private static func makeMemoryFile() -> Int32 { memfd_create("fastcgi-request", linux_mfd_cloexec) }

    private init(loop: EventLoop) {
        self.loop = loop
    }

    deinit {
        self.buffer.deallocate()
        if self.memory >= 0 { Glibc.close(self.memory) }
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

    /// Runs the calling thread as a worker of `loop` until the loop ends.
    static func run(_ loop: EventLoop) {
        let worker = Worker(loop: loop)
        pthread_setspecific(self.key, Unmanaged.passUnretained(worker).toOpaque())
        loop.work(worker)
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

    /// Puts `bytes` into the file in memory, to be read from where they begin to the file's end. Returns its descriptor, or -1 with
    /// errno.
    ///
    /// They go behind what is there already: to cut the file off costs as much as all the rest, and is done now and then.
    func memoryFile(holding bytes: UnsafeRawBufferPointer) -> Int32 {
        if self.memory < 0 { self.memory = Self.makeMemoryFile() }
        if self.memoryEnd > Self.memoryLimit, ftruncate(self.memory, 0) == 0 { self.memoryEnd = 0 }
        guard self.memory >= 0, pwrite(self.memory, bytes.baseAddress, bytes.count, self.memoryEnd) == bytes.count,
            lseek(self.memory, self.memoryEnd, SEEK_SET) == self.memoryEnd
        else {
            let code = errno
            // Half of them would be read with the next.
            if self.memory >= 0 { Glibc.close(self.memory) }
            self.memoryFileWasClosed()
            errno = code
            return -1
        }
        self.memoryEnd += bytes.count
        return self.memory
    }

    /// Says that libfcgi has closed the file in memory, as it does when it cannot read a request.
    func memoryFileWasClosed() {
        self.memory = -1
        self.memoryEnd = 0
    }
}
