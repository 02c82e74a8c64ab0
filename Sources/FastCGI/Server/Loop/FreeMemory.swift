import CLinux
import Glibc

/// Returns the program's free memory to the kernel, ten seconds after workers have begun to use it.
///
/// glibc keeps freed memory in arenas, and returns little of it. Without this, each arena would keep as much memory as its busiest moment needed.
///
/// Only the thread of ``WorkerMonitor`` uses a value; any thread may call the static functions.
struct FreeMemory {
    /// Whether glibc's allocator has the program's memory, determined once.
    ///
    /// If another one replaces it, such as jemalloc, tcmalloc or a sanitizer's, then glibc's has not been initialized. Threads that end would do that at
    /// the same time, which ends the process.
    private static let isGlibcs = linux_uses_glibc_allocator() != 0

    /// The time from the first use to the return.
    static let period = Duration.seconds(10)

    /// The workers' activity at the last return (``WorkerSeats/activity``).
    private var activity: UInt64 = 0
    private var deadline = Instant.never

    /// Limits the number of arenas, unless the environment does: glibc allows eight for each processor, and gives one to each new thread, so
    /// each thread that replaces a blocked worker would add one.
    ///
    /// One arena for each worker, one for each thread of Swift's own pool, and four for all other threads. glibc ignores the limit if the process
    /// has more than eight arenas already.
    static func limitArenas(workers: Int) {
        guard self.isGlibcs, getenv("MALLOC_ARENA_MAX") == nil else { return }
        if let tunables = getenv("GLIBC_TUNABLES"), strstr(tunables, "glibc.malloc.arena_max") != nil { return }
        linux_limit_arenas(Int32(clamping: workers + Int(linux_usable_processors()) + 4))
    }

    /// Returns free memory to the kernel now.
    static func trim() {
        if self.isGlibcs { linux_trim_memory() }
    }

    /// Returns the memory if its time has come. `activity` is that of the workers until now.
    mutating func look(_ activity: UInt64, _ now: Instant) {
        if self.deadline == .never, activity != self.activity {
            self.deadline = now.advanced(by: Interval(Self.period))
        }
        guard self.deadline <= now else { return }
        Self.trim()
        self.activity = activity
        self.deadline = .never
    }

    /// The milliseconds until the next look; -1 if no look is needed until a worker begins a turn.
    func delay(_ now: Instant) -> Int32 {
        guard self.deadline != .never else { return -1 }
        guard now < self.deadline else { return 0 }
        return Int32((self.deadline.nanoseconds - now.nanoseconds) / 1_000_000) + 1
    }
}
