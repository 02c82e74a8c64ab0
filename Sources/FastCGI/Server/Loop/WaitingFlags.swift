import Synchronization

/// A flag for each worker: whether it is parked in epoll_wait(2), or is about to park.
///
/// Each flag is on its own cache lines. A worker sets and clears its flag for each request, and processors would wait
/// for one another to change a shared counter.
///
/// `@unchecked Sendable` holds because the pointer never changes and all that it points to is atomic: any thread may use it as long
/// as this object lives.
final class WaitingFlags: @unchecked Sendable {
    private struct Flag: ~Copyable {
        let isSet = Atomic<Bool>(false)
        /// Two cache lines: processors fetch them in pairs.
        private let padding = InlineArray<127, UInt8>(repeating: 0)
    }

    private let flags: UnsafeMutablePointer<Flag>
    let count: Int

    init(count: Int) {
        self.count = count
        self.flags = .allocate(capacity: count)
        for index in 0..<count { (self.flags + index).initialize(to: Flag()) }
    }

    deinit {
        self.flags.deinitialize(count: self.count)
        self.flags.deallocate()
    }

    /// Sets a worker's flag, before any read that follows.
    func set(_ worker: Int) { self.flags[worker].isSet.store(true, ordering: .sequentiallyConsistent) }

    func clear(_ worker: Int) { self.flags[worker].isSet.store(false, ordering: .releasing) }

    /// Whether a worker is parked or about to park.
    var areSomeSet: Bool {
        (0..<self.count).contains { self.flags[$0].isSet.load(ordering: .sequentiallyConsistent) }
    }
}
