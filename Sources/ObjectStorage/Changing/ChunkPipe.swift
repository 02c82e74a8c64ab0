import Sendfile

/// Passes chunks from the task that reads a client's content to the one that sends it to the store.
///
/// One task writes, one reads. A write returns when the chunk has been read, so one chunk is between them.
final class ChunkPipe: AsyncSequence, AsyncIteratorProtocol, Sendable {
    private struct State: Sendable {
        /// A chunk that is not read yet.
        var chunk: [UInt8]?
        /// The end of the content: the error is `nil` if it is complete.
        var end: Result<Void, any Error>?
        /// Whether the reader needs no more chunks.
        var isClosed = false
        var reader: CheckedContinuation<Void, Never>?
        var writer: CheckedContinuation<Void, Never>?
    }

    private let state = Locked(State())

    func makeAsyncIterator() -> ChunkPipe { self }

    /// The next chunk; `nil` at the end.
    func next() async throws -> [UInt8]? {
        while true {
            let (chunk, end, writer) = self.state.withLock { state in
                defer { state.chunk = nil }
                // A write waits until the chunk is taken.
                return (
                    state.chunk, state.isClosed ? .failure(CancellationError()) : state.end, self.taken(&state.writer)
                )
            }
            writer?.resume()
            if let chunk { return chunk }
            if let end {
                try end.get()
                return nil
            }
            await self.wait(\.reader) { $0.chunk == nil && $0.end == nil && !$0.isClosed }
        }
    }

    /// Passes a chunk on.
    ///
    /// - Returns: Whether the reader needs more chunks.
    func write(_ chunk: [UInt8]) async -> Bool {
        let reader = self.state.withLock { state in
            state.chunk = chunk
            return self.taken(&state.reader)
        }
        reader?.resume()
        await self.wait(\.writer) { $0.chunk != nil && !$0.isClosed }
        return self.state.withLock { !$0.isClosed }
    }

    /// Ends the content.
    func finish(_ end: Result<Void, any Error>) {
        let reader = self.state.withLock { state in
            state.end = end
            return self.taken(&state.reader)
        }
        reader?.resume()
    }

    /// Ends reading: the store has answered, or the request has failed.
    func close() {
        let (reader, writer) = self.state.withLock { state in
            state.isClosed = true
            state.chunk = nil
            return (self.taken(&state.reader), self.taken(&state.writer))
        }
        reader?.resume()
        writer?.resume()
    }

    /// Waits as the reader or the writer while a condition holds.
    private func wait(
        _ place: WritableKeyPath<State, CheckedContinuation<Void, Never>?>,
        while condition: (State) -> Bool
    ) async {
        await withCheckedContinuation { continuation in
            let mustWait = self.state.withLock { state in
                guard condition(state) else { return false }
                state[keyPath: place] = continuation
                return true
            }
            if !mustWait { continuation.resume() }
        }
    }

    private func taken(_ waiting: inout CheckedContinuation<Void, Never>?) -> CheckedContinuation<Void, Never>? {
        defer { waiting = nil }
        return waiting
    }
}
