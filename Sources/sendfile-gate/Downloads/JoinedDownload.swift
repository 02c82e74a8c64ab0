/// A download as its user sees it: all requests of one user for one version of a file, until the file is complete.
final class JoinedDownload {
    /// The requests that belong together: those of one user, or of one address without a user, for one version of a file.
    struct Key: Hashable {
        let who: String
        let file: String
        let entityTag: String?
        let size: Int64

        init(_ decision: Decision) {
            self.who = decision.user ?? decision.client ?? ""
            self.file = decision.file
            self.entityTag = decision.entityTag
            self.size = decision.size
        }
    }

    let key: Key
    let user: String?
    let client: String?
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
            + 16 * self.received.ranges.count
    }

    /// Adds a request.
    func add(_ decision: Decision) {
        self.requests += 1
        self.first = min(self.first, decision.begin)
        self.last = max(self.last, decision.time)
    }

    /// Adds the bytes of a request that has ended.
    func add(_ ranges: [Range<Int64>], isWhole: Bool, at time: Double) {
        self.last = max(self.last, time)
        for range in ranges { self.received.insert(range) }
        guard self.completed == nil, self.key.size > 0 ? self.received.covers(self.key.size) : isWhole else { return }
        self.completed = self.last
    }
}

extension Decision {
    /// The bytes that a client got by a response that a web server has logged.
    ///
    /// - Returns: The ranges of the file, and whether the response was sent to its end.
    func received(_ end: ResponseEnd) -> (ranges: [Range<Int64>], isWhole: Bool) {
        switch end.status {
        case 200: return self.received(nil, bytes: end.bytes, isEnded: !end.isAborted)
        // A range that the program did not see has an unknown place in the file.
        case 206 where self.ranges != nil: return self.received(self.ranges, bytes: end.bytes, isEnded: !end.isAborted)
        default: return ([], false)
        }
    }

    /// The bytes that a client got by a stream, as far as the program knows; `nil` if the web server sends the file.
    var receivedByStream: (ranges: [Range<Int64>], isWhole: Bool)? {
        self.stream.map { self.received(self.ranges, bytes: $0.sent, isEnded: $0.isComplete) }
    }

    private func received(
        _ ranges: [Range<Int64>]?, bytes: Int64, isEnded: Bool
    ) -> (ranges: [Range<Int64>], isWhole: Bool) {
        let parts = ranges ?? [0..<self.size]
        let expected = ByteSet(parts).count
        let isWhole = isEnded && bytes >= expected
        if isWhole { return (parts, true) }
        // The bytes of several ranges contain headers between them, so a part of such a response tells nothing.
        guard parts.count == 1, let part = parts.first, !part.isEmpty else { return ([], false) }
        // A response that was aborted has not arrived to its end, even if the web server has handed over all bytes.
        let count = min(bytes, expected - 1)
        return (count > 0 ? [part.lowerBound..<part.lowerBound + count] : [], false)
    }
}
