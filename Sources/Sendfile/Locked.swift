package import Glibc

/// A value that one thread at a time may use.
///
/// A mutex of the C library's and not `Synchronization.Mutex`: the thread sanitizer cannot see the latter on Linux and reports
/// every use of it as a race. The mutex and the value belong to this object; both are touched in ``withLock(_:)`` only.
package final class Locked<Value: Sendable>: @unchecked Sendable {
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    // Not a property of the object: Swift would check at each use that no other use of it is going on.
    @usableFromInline let value: UnsafeMutablePointer<Value>

    /// Creates a lock around a value.
    package init(_ value: Value) {
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
        self.mutex = .allocate(capacity: 1)
        self.mutex.initialize(to: pthread_mutex_t())
        let result = pthread_mutex_init(self.mutex, nil)
        precondition(result == 0, "pthread_mutex_init fails with \(result)")
    }

    deinit {
        pthread_mutex_destroy(self.mutex)
        self.mutex.deinitialize(count: 1)
        self.mutex.deallocate()
        self.value.deinitialize(count: 1)
        self.value.deallocate()
    }

    /// Uses the value while no other thread does. Not reentrant.
    @inlinable package func withLock<Result, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        return try body(&self.value.pointee)
    }
}
