/// A download as its user sees it: all requests of one user for one version of a file, until the file is complete.
final class JoinedDownload {
    /// The requests that belong together: those of one user, or of one address without a user, by one grant, for one version of a file.
    struct Key: Hashable {
        let who: String
        let grant: String?
        let file: String
        let entityTag: String?
        let size: Int64?

        init(_ decision: Decision) {
            self.who = decision.user ?? decision.client ?? ""
            self.grant = decision.grant
            self.file = decision.file
            self.entityTag = decision.entityTag
            self.size = decision.size
        }
    }

    let key: Key
    let user: String?
    let client: String?
    /// The name of the key of the first request.
    let signingKey: String?
    /// The size of the file; `nil` until a web server's log tells that of an object.
    private(set) var size: Int64?
    /// The time of the first request, and of the last line about any of them.
    private(set) var first: Double
    private(set) var last: Double
    private(set) var requests = 0
    private(set) var received = ByteSet()
    /// When the last byte was sent; `nil` while bytes are missing.
    private(set) var completed: Double?
    /// The ids of requests whose end is not known yet.
    var open: Set<String> = []
    /// The requests whose end will never be known, because they have no id or no web server's log has it.
    var unknown = 0
    /// Whether the download was written to the output.
    var isFinished = false

    init(_ decision: Decision) {
        self.key = Key(decision)
        self.user = decision.user
        self.client = decision.client
        self.signingKey = decision.key
        self.size = decision.size
        (self.first, self.last) = (decision.begin, decision.time)
    }

    /// Whether all bytes were sent; `nil` if the end of a request is not known.
    var isComplete: Bool? {
        if self.completed != nil { return true }
        return self.open.isEmpty && self.unknown == 0 ? false : nil
    }

    /// Whether a request is another download, because this one is complete.
    ///
    /// A request for a later part of the file is not: a client asks for bytes again that were sent and have not arrived.
    func isOver(before request: Decision) -> Bool {
        guard let completed, request.begin > completed - LogTime.precision else { return false }
        return (request.ranges?.first?.lowerBound ?? 0) == 0
    }

    /// The memory in bytes, roughly.
    var cost: Int {
        400 + self.key.who.utf8.count + self.key.file.utf8.count + (self.client?.utf8.count ?? 0)
            + (self.key.grant?.utf8.count ?? 0)
            + 16 * self.received.ranges.count
    }

    /// Adds a request.
    func add(_ decision: Decision) {
        self.requests += 1
        self.first = min(self.first, decision.begin)
        self.last = max(self.last, decision.time)
    }

    /// Adds the bytes of a request that has ended.
    func add(_ received: Received, at time: Double) {
        self.last = max(self.last, time)
        self.size = self.size ?? received.size
        for range in received.ranges { self.received.insert(range) }
        guard self.completed == nil, let size = self.size else { return }
        guard size > 0 ? self.received.covers(size) : received.isWhole else { return }
        self.completed = self.last
    }
}

/// The bytes that a client got by a response.
struct Received {
    /// The ranges of the file.
    var ranges: [Range<Int64>] = []
    /// Whether the response was sent to its end.
    var isWhole = false
    /// The size of the file, as far as the response tells it.
    var size: Int64?

    /// No bytes of the file.
    static let nothing = Self()

    /// - Parameters:
    ///   - parts: The ranges that the response should have.
    ///   - bytes: The number of bytes that were sent.
    ///   - isEnded: Whether the response was sent to its end.
    ///   - size: The size of the file.
    init(_ parts: [Range<Int64>], bytes: Int64, isEnded: Bool, size: Int64?) {
        self.size = size
        let expected = ByteSet(parts).count
        self.isWhole = isEnded && bytes >= expected
        guard !self.isWhole else {
            self.ranges = parts
            return
        }
        // The bytes of several ranges contain headers between them, so a part of such a response tells nothing.
        guard parts.count == 1, let part = parts.first, !part.isEmpty else { return }
        // A response that was aborted has not arrived to its end, even if the web server has handed over all bytes.
        let count = min(bytes, expected - 1)
        if count > 0 { self.ranges = [part.lowerBound..<part.lowerBound + count] }
    }

    private init() {}

    /// A response that was aborted, of an object whose size is not known.
    init(firstBytes count: Int64) {
        if count > 0 { self.ranges = [0..<count] }
    }
}

extension Decision {
    /// The bytes that a client got by a response that a web server has logged.
    func received(_ end: ResponseEnd) -> Received {
        let size = self.size ?? end.size
        let isEnded = !end.isAborted
        switch end.status {
        case 200:
            guard let size else { return Received(firstBytes: end.bytes) }
            return Received([0..<size], bytes: end.bytes, isEnded: isEnded, size: size)
        case 206:
            // A range that neither log has is at an unknown place in the file.
            guard let ranges = self.ranges ?? end.range.map({ [$0] }) else { return .nothing }
            return Received(ranges, bytes: end.bytes, isEnded: isEnded, size: size)
        default: return .nothing
        }
    }

    /// The bytes that a client got by a stream, as far as the program knows; `nil` if the web server sends the file.
    var receivedByStream: Received? {
        self.stream.map { stream in
            guard let parts = self.ranges ?? self.size.map({ [0..<$0] }) else { return .nothing }
            return Received(parts, bytes: stream.sent, isEnded: stream.isComplete, size: self.size)
        }
    }
}
