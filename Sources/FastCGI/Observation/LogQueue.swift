import CLinux
import Glibc

/// Writes the lines of a log: to a file, or to a descriptor.
protocol LogSink: AnyObject, Sendable {
    /// Writes pieces of whole lines. It may block, and is never called by two threads at once for one queue.
    func write(_ pieces: [[UInt8]])
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
        /// The lines that wait, in pieces of about ``pieceSize`` bytes: a large backlog is never copied, and no piece is a large allocation.
        var pieces: [[UInt8]] = [[]]
        /// The number of bytes that wait.
        var size = 0
        /// Whether a thread takes the lines.
        var hasThread = false
        /// Whether the thread waits for the next line, and has to be woken.
        var isAsleep = false
        var isWriting = false
        /// The number of threads that wait until all lines are written.
        var flushes = 0

        mutating func add(_ line: [UInt8]) {
            self.size += line.count
            if let last = self.pieces.indices.last, self.pieces[last].count + line.count <= LogQueue.pieceSize {
                self.pieces[last] += line
            } else {
                self.addPiece(for: LogQueue.pieceSize)
                self.pieces[self.pieces.count - 1] += line
            }
        }

        /// Takes all lines. The first piece of the next ones has room for as many.
        mutating func take() -> [[UInt8]] {
            let taken = (pieces: self.pieces, size: self.size)
            (self.pieces, self.size) = ([], 0)
            self.addPiece(for: min(taken.size, LogQueue.pieceSize))
            return taken.pieces
        }

        private mutating func addPiece(for capacity: Int) {
            var piece: [UInt8] = []
            piece.reserveCapacity(capacity)
            self.pieces.append(piece)
        }
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
    /// The size of a piece, in bytes. Only a line that is longer makes a larger one.
    private static let pieceSize = 64 << 10
    /// The backlog whose memory the process gives back to the kernel, in bytes. The allocator keeps the memory otherwise.
    private static let largeBacklog = 512 << 10

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
        guard self.state.size + line.count <= self.limit else {
            pthread_mutex_unlock(self.mutex)
            return false
        }
        self.state.add(line)
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

    private var isPending: Bool { self.state.size > 0 || self.state.isWriting }

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
        while let size = self.writeNext(waits) {
            if size >= Self.largeBacklog { FreeMemory.trim() }
        }
    }

    /// Takes the lines that wait, writes them and frees them. Returns their size in bytes, or `nil` if the thread has to end.
    private func writeNext(_ waits: Bool) -> Int? {
        guard let pieces = self.next(waits) else { return nil }
        self.sink.write(pieces)
        return pieces.reduce(0) { $0 + $1.count }
    }

    /// Ends the writing of the last lines, and takes the next ones. Returns `nil` if the thread has to end.
    private func next(_ waits: Bool) -> [[UInt8]]? {
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
            while self.state.size == 0 {
                self.state.isAsleep = true
                let isInTime = self.wait(self.wakeup, until: deadline)
                self.state.isAsleep = false
                if !isInTime { break }
            }
        }
        self.state.hasThread = self.state.size > 0
        self.state.isWriting = self.state.hasThread
        return self.state.hasThread ? self.state.take() : nil
    }

    /// Waits for a signal. The mutex is locked. False if the time is up.
    private func wait(_ condition: UnsafeMutablePointer<pthread_cond_t>, until deadline: Instant) -> Bool {
        var time = timespec(
            tv_sec: Int(deadline.nanoseconds / 1_000_000_000), tv_nsec: Int(deadline.nanoseconds % 1_000_000_000))
        return pthread_cond_timedwait(condition, self.mutex, &time) == 0
    }
}
