import FastCGI
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Sendfile

/// Writes a body in a task of its own, which finds out whether the body is a file before the response begins.
enum BodyTask {
    enum Outcome {
        case file(FileAnswer)
        case chunks(Chunks)
    }

    /// Starts the task, and waits until the body writes for the first time, ends or is a file.
    static func run(_ body: Hummingbird.ResponseBody, logger: Logger) async -> Outcome {
        let (stream, source) = Hummingbird.RequestBody.makeStream()
        let beginning = Beginning()
        // It runs at once on this thread, so that a file, which suspends nowhere, costs no switch of threads.
        let task = Task.immediate(executorPreference: ServerExecutor.current) {
            do {
                try await body.write(Writer(beginning: beginning, source: source, logger: logger))
                source.finish()
            } catch {
                source.finish(error)
            }
            beginning.occur(nil)
        }
        let file = await withTaskCancellationHandler {
            await beginning.file
        } onCancel: {
            task.cancel()
        }
        if let file { return .file(file) }
        return .chunks(Chunks(stream: stream, owner: TaskOwner(task)))
    }

    /// The chunks that the task writes. The task is cancelled when they are no longer needed.
    struct Chunks: AsyncSequence, Sendable {
        fileprivate let stream: Hummingbird.RequestBody
        fileprivate let owner: TaskOwner

        func makeAsyncIterator() -> AsyncIterator {
            AsyncIterator(base: self.stream.makeAsyncIterator(), owner: self.owner)
        }

        struct AsyncIterator: AsyncIteratorProtocol {
            fileprivate var base: Hummingbird.RequestBody.AsyncIterator
            fileprivate let owner: TaskOwner

            mutating func next() async throws -> [UInt8]? {
                try await self.base.next().map { Array(buffer: $0) }
            }
        }
    }

    private struct Writer: ResponseBodyWriter, FileTaking {
        let beginning: Beginning
        let source: Hummingbird.RequestBody.Source
        let logger: Logger

        func take(_ file: FileAnswer) { self.beginning.occur(file) }

        func write(_ buffer: ByteBuffer) async throws {
            try Task.checkCancellation()
            self.beginning.occur(nil)
            guard buffer.readableBytes > 0 else { return }
            await self.source.yield(buffer)
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {
            TrailingFields.drop(trailingHeaders, logger: self.logger)
        }
    }

    /// The first event of a body: it is a file, or something else. Later events have no effect.
    private final class Beginning: Sendable {
        private enum State {
            case ahead
            case awaited(CheckedContinuation<FileAnswer?, Never>)
            case occurred(FileAnswer?)
        }
        private let state = Locked(State.ahead)

        func occur(_ file: FileAnswer?) {
            let waiting = self.state.withLock { state -> CheckedContinuation<FileAnswer?, Never>? in
                switch state {
                case .ahead:
                    state = .occurred(file)
                    return nil
                case .awaited(let continuation):
                    state = .occurred(file)
                    return continuation
                case .occurred: return nil
                }
            }
            waiting?.resume(returning: file)
        }

        /// Waits for the event. Only one task may wait.
        var file: FileAnswer? {
            get async {
                await withCheckedContinuation { continuation in
                    let occurred = self.state.withLock { state -> FileAnswer?? in
                        if case .occurred(let file) = state { return .some(file) }
                        state = .awaited(continuation)
                        return nil
                    }
                    if let occurred { continuation.resume(returning: occurred) }
                }
            }
        }
    }
}

/// Cancels a task when it is released.
final class TaskOwner: Sendable {
    private let task: Task<Void, Never>

    init(_ task: Task<Void, Never>) {
        self.task = task
    }

    deinit { self.task.cancel() }
}
