import NIOCore
import NIOPosix

/// Waits between the chunks of a streamed file, so that its memory does not depend on its size.
///
/// swift-nio's writer, which Hummingbird's own server uses, returns before the connection's event loop has taken a chunk, however many wait
/// there. A task that is submitted to the loop afterwards runs after the chunks have been taken.
struct ChunkPace: Sendable {
    /// The event loop to wait for.
    enum Loop: Sendable {
        /// None: a writer over FastCGI waits until the connection has accepted the chunk.
        case none
        /// The loop of a connection.
        case connection(any Channel)
        /// A loop that is not known, because the context does not have its channel. One of the loops that Hummingbird uses by default has
        /// the connection, so all of them are waited for.
        case unknown
    }

    let loop: Loop
    private var unawaited = 0

    /// The number of chunks after which all loops are waited for.
    private static let mostUnawaited = 16

    init(_ loop: Loop) {
        self.loop = loop
    }

    /// Called after each chunk.
    mutating func chunkIsWritten() async throws {
        switch self.loop {
        case .none: return
        case .connection(let channel): try await channel.eventLoop.submit {}.get()
        case .unknown:
            self.unawaited += 1
            guard self.unawaited == Self.mostUnawaited else { return }
            self.unawaited = 0
            for loop in MultiThreadedEventLoopGroup.singleton.makeIterator() { try await loop.submit {}.get() }
        }
    }
}
