import CFuzzer
import Glibc
import Synchronization

extension Input {
    /// A part of the rest, with at most 256 bytes.
    mutating func bytes() -> [UInt8] {
        let count = Int(self.byte())
        return self.bytes(count)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        let bytes = self.rest.prefix(count)
        self.skip(bytes.count)
        return Array(bytes)
    }

    /// The rest as text.
    var restText: String { String(decoding: self.rest, as: UTF8.self) }
}

/// Divides bytes into chunks of 1 to 24 bytes that follow from a seed, so that the input alone determines them.
struct Chunks: Sequence, IteratorProtocol {
    private var rest: ArraySlice<UInt8>
    private var seed: UInt

    init(_ bytes: [UInt8], seed: UInt8) {
        self.rest = bytes[...]
        self.seed = UInt(seed)
    }

    mutating func next() -> [UInt8]? {
        guard !self.rest.isEmpty else { return nil }
        self.seed = self.seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let chunk = self.rest.prefix(Int(self.seed >> 33 % 24) + 1)
        self.rest = self.rest.dropFirst(chunk.count)
        return Array(chunk)
    }
}

/// An asynchronous sequence of chunks that never suspends.
struct ChunkSource: AsyncSequence, AsyncIteratorProtocol, Sendable {
    private var chunks: ArraySlice<[UInt8]>

    init(_ chunks: [[UInt8]]) { self.chunks = chunks[...] }

    mutating func next() async throws -> [UInt8]? { self.chunks.popFirst() }

    func makeAsyncIterator() -> ChunkSource { self }
}

/// Runs each job at once, in the thread that enqueues it. A task on it has ended when its creation returns, if nothing in it suspends.
private final class InlineExecutor: TaskExecutor {
    static let shared = InlineExecutor()

    func enqueue(_ job: consuming ExecutorJob) { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
}

/// The result of an asynchronous function that never suspends.
func result<Value: Sendable>(of body: @escaping @Sendable () async -> Value) -> Value {
    let value = Mutex<Value?>(nil)
    Task(executorPreference: InlineExecutor.shared) {
        let found = await body()
        value.withLock { $0 = found }
    }
    guard let value = value.withLock({ $0 }) else {
        complain("an asynchronous function has suspended")
        abort()
    }
    return value
}

/// A file in memory with a path.
struct MemoryFile: ~Copyable {
    let descriptor: CInt
    var path: String { "/proc/self/fd/\(self.descriptor)" }

    init() {
        self.descriptor = memfd_create("fuzz", 0)
        require(self.descriptor >= 0, "memfd_create")
    }

    /// Replaces the content, and moves to its beginning.
    func write(_ bytes: some Collection<UInt8>) {
        let bytes = Array(bytes)
        require(ftruncate(self.descriptor, 0) == 0, "ftruncate")
        require(pwrite(self.descriptor, bytes, bytes.count, 0) == bytes.count, "pwrite")
        lseek(self.descriptor, 0, SEEK_SET)
    }
}

/// Whether a text is one line without control characters.
func isOneLine(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F && $0 != "\u{2028}" && $0 != "\u{2029}" }
}
