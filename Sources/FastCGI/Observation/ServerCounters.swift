import CLinux
import Glibc
import Synchronization

/// The numbers that a server counts: plain atomics, one set for a few processors each.
///
/// A thread adds to the set of the processor that it runs on, so that threads do not wait for one another's cache lines; a
/// reader adds the sets up. Each number is right, but two numbers need not be of the same moment.
///
/// `@unchecked Sendable` holds because the pointer never changes and all that it points to is atomic: anybody may touch it as long
/// as this object lives.
final class ServerCounters: @unchecked Sendable {
    /// One set. A number that only grows is enough: what is open now is what was opened less what was closed. Not a class: its
    /// references would be counted, which costs as much as what is counted here.
    private struct Shard: ~Copyable {
        let connectionsAccepted = Atomic<Int>(0)
        let connectionsClosed = Atomic<Int>(0)
        let requestsBegun = Atomic<Int>(0)
        let responsesIncomplete = Atomic<Int>(0)
        let bodyBytes = Atomic<Int64>(0)
        let nanoseconds = Atomic<Int64>(0)
        /// By status, the first is 100; the last is for what is no status of HTTP.
        let statuses = InlineArray<501, Atomic<Int>> { _ in Atomic(0) }
        /// By duration, not cumulated; the last is for what took longer than all bounds.
        let durations = InlineArray<11, Atomic<Int>> { _ in Atomic(0) }
    }

    /// The upper bounds of the durations that are told apart, in nanoseconds.
    private static let bounds: InlineArray<10, Int64> = [
        500_000, 1_000_000, 5_000_000, 10_000_000, 50_000_000, 100_000_000, 500_000_000, 1_000_000_000, 5_000_000_000,
        30_000_000_000,
    ]

    private let shards: UnsafeMutablePointer<Shard>
    /// A power of two, so that a mask finds a set.
    private let shardCount: Int
    private let start = Instant.now
    private let limits = InlineArray<16, Atomic<Int>> { _ in Atomic(0) }
    let accessRecordsLost = Atomic<Int>(0)
    /// What the running server says about itself.
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

    func limitHit(_ limit: ServerStatistics.Limit) {
        self.limits[limit.index].add(1, ordering: .relaxed)
    }

    // MARK: Reading

    /// The numbers as they are now.
    var statistics: ServerStatistics {
        var statistics = ServerStatistics()
        var closed = 0
        // What was closed or ended first: what was opened or begun is then never less.
        for number in 0..<self.shardCount {
            let shard = self.shards + number
            closed += shard.pointee.connectionsClosed.load(ordering: .acquiring)
            for index in 0...500 {
                let count = shard.pointee.statuses[index].load(ordering: .acquiring)
                if count > 0 { statistics.requestsByStatus[index < 500 ? index + 100 : 0, default: 0] += count }
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
        statistics.uptime = .nanoseconds(Int64(Instant.now.nanoseconds - self.start.nanoseconds))
        statistics.workers = self.workers.load(ordering: .relaxed)
        statistics.connectionLimit = self.connectionLimit.load(ordering: .relaxed)
        statistics.isStopping = self.isStopping.load(ordering: .relaxed)
        return statistics
    }
}
