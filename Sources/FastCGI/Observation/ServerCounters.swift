import CLinux
import Glibc
import Synchronization

/// The counters of a server: atomics, with one set for every few processors.
///
/// A thread uses the set of its processor, so that threads do not contend for cache lines; a reader adds the sets. Each
/// number is exact, but two numbers may be from different moments.
///
/// `@unchecked Sendable` is valid because the pointer never changes and everything that it points to is atomic: any
/// thread may use it while this object exists.
final class ServerCounters: @unchecked Sendable {
    /// One set. All numbers only grow: open connections are those accepted less those closed. It is not a class,
    /// because counting references to it would cost as much as counting.
    private struct Shard: ~Copyable {
        let connectionsAccepted = Atomic<Int>(0)
        let connectionsClosed = Atomic<Int>(0)
        let requestsBegun = Atomic<Int>(0)
        let responsesIncomplete = Atomic<Int>(0)
        let bodyBytes = Atomic<Int64>(0)
        let nanoseconds = Atomic<Int64>(0)
        let downloads = Atomic<Int>(0)
        let downloadBytes = Atomic<Int64>(0)
        /// The downloads of the last minutes: the number of the minute since the start in the upper bits, and their number.
        let minutes = InlineArray<60, Atomic<Int>> { _ in Atomic(0) }
        /// By status, from 100 on; the last one is for numbers that are not HTTP statuses.
        let statuses = InlineArray<501, Atomic<Int>> { _ in Atomic(0) }
        /// By duration, not cumulative; the last one is for durations above all bounds.
        let durations = InlineArray<11, Atomic<Int>> { _ in Atomic(0) }
    }

    /// The upper bounds of the durations, in nanoseconds.
    private static let bounds: InlineArray<10, Int64> = [
        500_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000, 500_000_000, 1_000_000_000, 5_000_000_000,
        30_000_000_000,
    ]

    private let shards: UnsafeMutablePointer<Shard>
    /// A power of two, so that a mask selects a set.
    private let shardCount: Int
    private let start = Instant.now
    private let limits = InlineArray<16, Atomic<Int>> { _ in Atomic(0) }
    let accessRecordsLost = Atomic<Int>(0)
    /// The workers that have lost their seats, and those of them whose calls have returned.
    let workersReplaced = Atomic<Int>(0)
    let workersReturned = Atomic<Int>(0)
    /// Values set by the running server.
    let workers = Atomic<Int>(0)
    let connectionLimit = Atomic<Int>(0)
    let isStopping = Atomic<Bool>(false)

    init() {
        let processors = min(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), 16)
        var count = 1
        while count < processors { count *= 2 }
        self.shardCount = count
        self.shards = .allocate(capacity: count)
        for index in 0..<count { (self.shards + index).initialize(to: Shard()) }
    }

    deinit {
        self.shards.deinitialize(count: self.shardCount)
        self.shards.deallocate()
    }

    private var shard: UnsafeMutablePointer<Shard> { self.shards + (Int(linux_processor()) & (self.shardCount - 1)) }

    // MARK: Counting

    func connectionAccepted() { self.shard.pointee.connectionsAccepted.add(1, ordering: .relaxed) }

    func connectionClosed() { self.shard.pointee.connectionsClosed.add(1, ordering: .releasing) }

    func requestBegan() { self.shard.pointee.requestsBegun.add(1, ordering: .relaxed) }

    func requestEnded(status: Int, bodyBytes: Int64, nanoseconds: Int64, isComplete: Bool) {
        let shard = self.shard
        var bucket = 0
        while bucket < Self.bounds.count, nanoseconds > Self.bounds[bucket] { bucket += 1 }
        shard.pointee.durations[bucket].add(1, ordering: .relaxed)
        shard.pointee.nanoseconds.add(nanoseconds, ordering: .relaxed)
        if bodyBytes > 0 { shard.pointee.bodyBytes.add(bodyBytes, ordering: .relaxed) }
        if !isComplete { shard.pointee.responsesIncomplete.add(1, ordering: .relaxed) }
        shard.pointee.statuses[(100..<600).contains(status) ? status - 100 : 500].add(1, ordering: .releasing)
    }

    /// Counts a response with bytes of a file, which this program or the web server sends.
    func download(bytes: Int64) {
        let shard = self.shard
        shard.pointee.downloads.add(1, ordering: .relaxed)
        shard.pointee.downloadBytes.add(bytes, ordering: .relaxed)
        let minute = self.minute
        let slot = minute % 60
        var old = shard.pointee.minutes[slot].load(ordering: .relaxed)
        while true {
            let new = old >> Self.minuteShift == minute ? old + 1 : minute << Self.minuteShift | 1
            let (exchanged, original) = shard.pointee.minutes[slot].weakCompareExchange(
                expected: old, desired: new, ordering: .relaxed)
            if exchanged { return }
            old = original
        }
    }

    /// The bits of the number of downloads in an element of `minutes`.
    private static let minuteShift = 32

    /// The number of the current minute; the first one is 1, because 0 stands for none.
    private var minute: Int { Int((Instant.now.nanoseconds - self.start.nanoseconds) / 60_000_000_000) + 1 }

    func limitHit(_ limit: ServerStatistics.Limit) {
        self.limits[limit.index].add(1, ordering: .relaxed)
    }

    // MARK: Reading

    /// The current statistics.
    var statistics: ServerStatistics {
        var statistics = ServerStatistics()
        var closed = 0
        // Read the ended numbers first, so that they never exceed the begun ones.
        for number in 0..<self.shardCount {
            let shard = self.shards + number
            closed += shard.pointee.connectionsClosed.load(ordering: .acquiring)
            for index in 0...500 {
                let count = shard.pointee.statuses[index].load(ordering: .acquiring)
                if count > 0 { statistics.requestsByStatus[index < 500 ? index + 100 : 0, default: 0] += count }
            }
        }
        let minute = self.minute
        statistics.downloadsByMinute = (max(1, minute - 59)...minute).map { minute in
            (0..<self.shardCount).reduce(0) { sum, number in
                let value = (self.shards + number).pointee.minutes[minute % 60].load(ordering: .relaxed)
                return value >> Self.minuteShift == minute ? sum + value & (1 << Self.minuteShift - 1) : sum
            }
        }
        var durations = [Int](repeating: 0, count: Self.bounds.count + 1)
        var nanoseconds: Int64 = 0
        var begun = 0
        for number in 0..<self.shardCount {
            let shard = self.shards + number
            statistics.connectionsAccepted += shard.pointee.connectionsAccepted.load(ordering: .relaxed)
            begun += shard.pointee.requestsBegun.load(ordering: .relaxed)
            statistics.incompleteResponses += shard.pointee.responsesIncomplete.load(ordering: .relaxed)
            statistics.downloads += shard.pointee.downloads.load(ordering: .relaxed)
            statistics.downloadBytes += shard.pointee.downloadBytes.load(ordering: .relaxed)
            statistics.bodyBytes += shard.pointee.bodyBytes.load(ordering: .relaxed)
            nanoseconds += shard.pointee.nanoseconds.load(ordering: .relaxed)
            for index in durations.indices {
                durations[index] += shard.pointee.durations[index].load(ordering: .relaxed)
            }
        }
        statistics.openConnections = statistics.connectionsAccepted - closed
        statistics.activeRequests = begun - statistics.handledRequests
        statistics.totalDuration = .nanoseconds(nanoseconds)
        var total = 0
        statistics.durations = durations.dropLast().enumerated().map { index, count in
            total += count
            return .init(upTo: .nanoseconds(Self.bounds[index]), count: total)
        }
        statistics.durationTotal = durations.reduce(0, +)
        for limit in ServerStatistics.Limit.allCases {
            statistics.limitsHit[limit] = self.limits[limit.index].load(ordering: .relaxed)
        }
        statistics.lostAccessRecords = self.accessRecordsLost.load(ordering: .relaxed)
        statistics.lostLogLines = LogOutput.standardError.lost.load(ordering: .relaxed)
        statistics.uptime = .nanoseconds(Int64(Instant.now.nanoseconds - self.start.nanoseconds))
        let returned = self.workersReturned.load(ordering: .acquiring)
        statistics.replacedWorkers = self.workersReplaced.load(ordering: .relaxed)
        statistics.blockedWorkers = max(0, statistics.replacedWorkers - returned)
        statistics.workers = self.workers.load(ordering: .relaxed)
        statistics.connectionLimit = self.connectionLimit.load(ordering: .relaxed)
        statistics.isStopping = self.isStopping.load(ordering: .relaxed)
        return statistics
    }
}
