package import Glibc

/// A value that only one thread at a time may use.
///
/// It uses a mutex of the C library instead of `Synchronization.Mutex`, because the thread sanitizer does not support
/// the latter on Linux and reports every use of it as a race. The mutex and the value belong to this object; only
/// ``withLock(_:)`` accesses them.
package final class Locked<Value: Sendable>: @unchecked Sendable {
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    // This is not a stored property, because Swift would check each access for exclusivity. It is allocated next to the
    // mutex, so that a thread that has one has the other in its cache.
    @usableFromInline let value: UnsafeMutablePointer<Value>

    /// Creates a lock around a value.
    package init(_ value: Value) {
        let alignment = max(MemoryLayout<pthread_mutex_t>.alignment, MemoryLayout<Value>.alignment)
        let offset = (MemoryLayout<pthread_mutex_t>.size + alignment - 1) / alignment * alignment
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: offset + MemoryLayout<Value>.size, alignment: alignment)
        self.mutex = memory.initializeMemory(as: pthread_mutex_t.self, to: pthread_mutex_t())
        self.value = (memory + offset).initializeMemory(as: Value.self, to: value)
        let result = pthread_mutex_init(self.mutex, nil)
        precondition(result == 0, "pthread_mutex_init fails with \(result)")
    }

    deinit {
        self.value.deinitialize(count: 1)
        pthread_mutex_destroy(self.mutex)
        self.mutex.deinitialize(count: 1)
        UnsafeMutableRawPointer(self.mutex).deallocate()
    }

    /// Calls `body` with exclusive access to the value. Not reentrant.
    @inlinable package func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(self.mutex)
        defer { pthread_mutex_unlock(self.mutex) }
        return try body(&self.value.pointee)
    }
}
