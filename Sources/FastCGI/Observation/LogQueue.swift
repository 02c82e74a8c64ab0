import CLinux
import Glibc

/// Writes the lines of a log: to a file, or to a descriptor.
protocol LogSink: AnyObject, Sendable {
    /// Writes whole lines. It may block, and is never called by two threads at once for one queue.
    func write(_ lines: [UInt8])
}

/// Log lines that wait for a thread of their own, so that a log that does not take its lines blocks no request.
///
/// A thread that logs copies its line into the queue. It makes a system call only if the queue's thread sleeps, and that thread writes the
/// lines of some milliseconds at once. If the queue is full, the line is lost.
///
/// The thread starts with the first line, and ends when there has been no line for ten seconds. If no thread can be started, the caller
/// writes.
///
/// `@unchecked Sendable` holds because the pointers never change, and `state` is touched under the mutex only.
final class LogQueue: @unchecked Sendable {
    private struct State {
        var lines: [UInt8] = []
        /// Whether a thread takes the lines.
        var hasThread = false
        /// Whether the thread waits for the next line, and has to be woken.
        var isAsleep = false
        var isWriting = false
        /// The number of threads that wait until all lines are written.
        var flushes = 0
    }

    private let sink: any LogSink
    /// The maximum number of bytes that wait.
    private let limit: Int
    @exclusivity(unchecked) private var state = State()
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let wakeup = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let written = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    /// How long lines are collected while they keep coming.
    private static let pause = timespec(tv_sec: 0, tv_nsec: 5_000_000)
    /// How long the thread waits for a line.
    private static let patience = Duration.seconds(10)
    /// The capacity that an empty queue keeps.
    private static let keptCapacity = 64 << 10

    init(limit: Int, sink: any LogSink) {
        self.limit = limit
        self.sink = sink
        pthread_mutex_init(self.mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(self.wakeup, &attributes)
        pthread_cond_init(self.written, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(self.written)
        pthread_cond_destroy(self.wakeup)
        pthread_mutex_destroy(self.mutex)
        self.written.deallocate()
        self.wakeup.deallocate()
        self.mutex.deallocate()
    }

    // MARK: For any thread

    /// Adds a line, which includes its line end. False if the queue is full.
    func append(_ line: [UInt8]) -> Bool {
        pthread_mutex_lock(self.mutex)
        guard self.state.lines.count + line.count <= self.limit else {
            pthread_mutex_unlock(self.mutex)
            return false
        }
        self.state.lines += line
        let starts = !self.state.hasThread
        self.state.hasThread = true
        let wakes = self.state.isAsleep
        self.state.isAsleep = false
        pthread_mutex_unlock(self.mutex)
        if wakes { pthread_cond_signal(self.wakeup) }
        if starts { self.start() }
        return true
    }

    /// Waits until all lines are written. False if that took too long.
    @discardableResult func flush(upTo limit: Duration) -> Bool {
        let deadline = Instant.after(limit)
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        self.state.flushes += 1
        defer { self.state.flushes -= 1 }
        pthread_cond_signal(self.wakeup)
        while self.isPending {
            guard self.wait(self.written, until: deadline) else { return !self.isPending }
        }
        return true
    }

    /// The same as ``flush(upTo:)``, without occupying the thread of the caller.
    func flushed(upTo limit: Duration) async {
        pthread_mutex_lock(self.mutex)
        let isPending = self.isPending
        pthread_mutex_unlock(self.mutex)
        guard isPending else { return }
        await withCheckedContinuation { waiter in
            do throws(SystemCallError) {
                try LoopThread.start {
                    self.flush(upTo: limit)
                    waiter.resume()
                }
            } catch {
                self.flush(upTo: limit)
                waiter.resume()
            }
        }
    }

    private var isPending: Bool { !self.state.lines.isEmpty || self.state.isWriting }

    // MARK: The queue's thread

    private func start() {
        do throws(SystemCallError) {
            try LoopThread.start {
                _ = linux_set_thread_name("fastcgi-log")
                self.work(waits: true)
            }
        } catch {
            self.work(waits: false)
        }
    }

    private func work(waits: Bool) {
        while let lines = self.next(waits) { self.sink.write(lines) }
    }

    /// Ends the writing of the last lines, and takes the next ones. Returns `nil` if the thread has to end.
    private func next(_ waits: Bool) -> [UInt8]? {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        self.state.isWriting = false
        if self.state.flushes > 0 { pthread_cond_broadcast(self.written) }
        if waits {
            if self.state.flushes == 0 {
                pthread_mutex_unlock(self.mutex)
                var pause = Self.pause
                nanosleep(&pause, nil)
                pthread_mutex_lock(self.mutex)
            }
            let deadline = Instant.after(Self.patience)
            while self.state.lines.isEmpty {
                self.state.isAsleep = true
                let isInTime = self.wait(self.wakeup, until: deadline)
                self.state.isAsleep = false
                if !isInTime { break }
            }
        }
        self.state.hasThread = !self.state.lines.isEmpty
        self.state.isWriting = self.state.hasThread
        guard self.state.hasThread else { return nil }
        let lines = self.state.lines
        self.state.lines = []
        self.state.lines.reserveCapacity(min(lines.count, Self.keptCapacity))
        return lines
    }

    /// Waits for a signal. The mutex is locked. False if the time is up.
    private func wait(_ condition: UnsafeMutablePointer<pthread_cond_t>, until deadline: Instant) -> Bool {
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        return pthread_cond_timedwait(condition, self.mutex, &time) == 0
    }
}
