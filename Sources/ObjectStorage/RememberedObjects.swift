import Sendfile

/// The versions of objects that a store was asked for, each for a bounded time.
final class RememberedObjects: Sendable {
    private struct Entry: Sendable {
        let version: DescribedContent.Version
        let end: ContinuousClock.Instant
    }

    /// The maximum number of objects; an entry has about 1.5 KiB at most.
    private static let capacity = 4096

    private let entries = Locked<[ObjectKey: Entry]>([:])

    /// The version of an object that is remembered.
    func version(of key: ObjectKey) -> DescribedContent.Version? {
        self.entries.withLock { entries in
            guard let entry = entries[key] else { return nil }
            guard entry.end > .now else {
                entries[key] = nil
                return nil
            }
            return entry.version
        }
    }

    /// Remembers a version for a time.
    func remember(_ version: DescribedContent.Version, of key: ObjectKey, for time: Duration) {
        guard time > .zero else { return }
        self.entries.withLock { entries in
            if entries.count >= Self.capacity {
                let now = ContinuousClock.Instant.now
                entries = entries.filter { $0.value.end > now }
                if entries.count >= Self.capacity { entries.removeAll(keepingCapacity: true) }
            }
            entries[key] = Entry(version: version, end: .now + time)
        }
    }

    func forget(_ key: ObjectKey) { self.entries.withLock { $0[key] = nil } }
}
