import Synchronization

/// The number of requests that may still begin (`FASTCGI_REQUESTS`).
///
/// Each connection on which a request may arrive has a place: one is taken before a connection is accepted, and again
/// before the connection is kept for another request. So every request that arrives has a place, and none is lost.
final class RequestBudget: Sendable {
    private let limit: Int
    /// Requests that have begun, and connections that wait for one.
    private let taken = Atomic<Int>(0)
    private let begun = Atomic<Int>(0)

    /// - Parameter limit: The number of requests; `nil` for any number.
    init(limit: Int?) {
        self.limit = limit ?? .max
    }

    /// Takes a place for a request that may arrive. False if there is none.
    func take() -> Bool {
        guard self.limit < .max else { return true }
        var count = self.taken.load(ordering: .relaxed)
        while count < self.limit {
            let (exchanged, original) = self.taken.weakCompareExchange(
                expected: count, desired: count + 1, ordering: .sequentiallyConsistent)
            if exchanged { return true }
            count = original
        }
        return false
    }

    /// Gives a place back, because no request arrived.
    func giveBack() {
        guard self.limit < .max else { return }
        self.taken.subtract(1, ordering: .sequentiallyConsistent)
    }

    /// Counts a request that begins, in the place that its connection has taken. True if it is the last one.
    func begin() -> Bool {
        guard self.limit < .max else { return false }
        return self.begun.add(1, ordering: .sequentiallyConsistent).newValue == self.limit
    }

    /// Whether a place is left.
    var hasRoom: Bool { self.limit == .max || self.taken.load(ordering: .sequentiallyConsistent) < self.limit }
}
