/// Joins the lines of the program's access log with those of web servers, and finds the downloads.
///
/// The memory is bounded: lines that wait for their counterpart, and downloads that are not complete, are given up in the order of their
/// age when there are too many.
final class DownloadJoin {
    /// The maximum memory in bytes, roughly.
    private static let memoryLimit = 64 << 20
    /// The memory of a line that waits.
    private static let lineCost = 300
    /// The seconds for which the end of a stream, or a late line about a complete download, is waited for.
    private static let patience = 60.0

    /// A request whose end is not known yet.
    private struct OpenRequest {
        let decision: Decision
        let download: JoinedDownload
    }

    private let window: Double
    private let finished: (JoinedDownload) -> Void

    private var downloads: [JoinedDownload.Key: JoinedDownload] = [:]
    /// All unfinished downloads in the order of their first requests; finished ones are removed later.
    private var order = AgeQueue<JoinedDownload>()
    private var requests: [String: OpenRequest] = [:]
    private var streams = AgeQueue<(id: String, time: Double)>()
    /// Ends whose decision was not read yet, because web servers and the program write their lines independently.
    private var ends: [String: ResponseEnd] = [:]
    private var endOrder = AgeQueue<(id: String, time: Double)>()
    /// Complete downloads that are written when no request of theirs is open, or after some time.
    private var settling: [JoinedDownload] = []
    /// Complete downloads that were written. Requests that began before their ends still belong to them.
    private var settled = AgeQueue<JoinedDownload>()
    private var memory = 0
    private var nextSweep = -Double.infinity

    /// The number of lines of web servers that had no line of the program's.
    private(set) var strangers = 0
    /// The number of downloads that were given up because of the memory.
    private(set) var givenUp = 0

    /// Creates a join.
    ///
    /// - Parameters:
    ///   - window: The seconds without a request after which an incomplete download is over.
    ///   - finished: Gets each download once.
    init(window: Double, finished: @escaping (JoinedDownload) -> Void) {
        self.window = window
        self.finished = finished
    }

    /// Adds a line.
    func add(_ line: LogLine) {
        switch line {
        case .decision(let decision): self.add(decision)
        case .end(let end): self.add(end)
        case .other: break
        }
    }

    private func add(_ decision: Decision) {
        let download = self.download(for: decision)
        download.add(decision)
        guard let id = decision.id else {
            // Without an id, only a stream tells its end.
            if let received = decision.receivedByStream {
                self.end(decision, download, received, at: decision.time)
            } else {
                download.unknown += 1
            }
            return
        }
        if let end = self.ends.removeValue(forKey: id) {
            self.memory -= Self.lineCost
            return self.end(decision, download, decision.received(end), at: end.time)
        }
        if self.requests.updateValue(OpenRequest(decision: decision, download: download), forKey: id) == nil {
            self.memory += Self.lineCost
        }
        download.open.insert(id)
        if decision.stream != nil { self.streams.append((id, decision.time)) }
        self.boundMemory()
    }

    private func add(_ end: ResponseEnd) {
        if let request = self.takeRequest(end.id) {
            return self.end(request.decision, request.download, request.decision.received(end), at: end.time)
        }
        if self.ends.updateValue(end, forKey: end.id) == nil { self.memory += Self.lineCost }
        self.endOrder.append((end.id, end.time))
        self.boundMemory()
    }

    /// The download of which a request is a part, which is a new one after a complete one.
    private func download(for decision: Decision) -> JoinedDownload {
        let key = JoinedDownload.Key(decision)
        if let download = self.downloads[key] {
            if !download.isOver(before: decision), decision.begin <= download.last + self.window {
                return download
            }
            self.finish(download)
        }
        let download = JoinedDownload(decision)
        self.downloads[key] = download
        self.order.append(download)
        self.memory += download.cost
        return download
    }

    private func takeRequest(_ id: String) -> OpenRequest? {
        guard let request = self.requests.removeValue(forKey: id) else { return nil }
        self.memory -= Self.lineCost
        request.download.open.remove(id)
        return request
    }

    private func end(
        _ decision: Decision, _ download: JoinedDownload, _ received: Received, at time: Double
    ) {
        guard !download.isFinished else { return }
        let (cost, wasComplete) = (download.cost, download.completed != nil)
        download.add(received, at: max(time, decision.begin))
        self.memory += download.cost - cost
        if !wasComplete, download.completed != nil { self.settling.append(download) }
    }

    // MARK: Time

    /// Finishes what is over at a time, in seconds since 1970.
    func advance(to now: Double) {
        while let (id, time) = self.streams.first, time + Self.patience < now {
            self.streams.removeFirst()
            self.endStream(id)
        }
        self.settling.removeAll { download in
            guard !download.isFinished else { return true }
            guard download.open.isEmpty || (download.completed ?? now) + Self.patience < now else { return false }
            self.write(download)
            self.settled.append(download)
            return true
        }
        while let download = self.settled.first, (download.completed ?? now) + Self.patience < now {
            self.settled.removeFirst()
            self.finish(download)
        }
        guard now >= self.nextSweep else { return }
        self.nextSweep = now + max(1, self.window / 16)
        while let (id, time) = self.endOrder.first, self.ends[id] == nil || time + self.window < now {
            self.endOrder.removeFirst()
            self.dropEnd(id)
        }
        for download in self.downloads.values where download.last + self.window < now { self.finish(download) }
        self.order.removeAll { $0.isFinished }
    }

    /// Finishes everything at the end of the logs.
    func finish() {
        while let (id, _) = self.streams.first {
            self.streams.removeFirst()
            self.endStream(id)
        }
        self.settling.removeAll()
        while let download = self.order.first {
            self.order.removeFirst()
            self.finish(download)
        }
        self.strangers += self.ends.count
        self.ends.removeAll()
    }

    /// Ends a stream that no web server's log has, by what the program knows.
    private func endStream(_ id: String) {
        guard let received = self.requests[id]?.decision.receivedByStream, let request = self.takeRequest(id) else {
            return
        }
        self.end(request.decision, request.download, received, at: request.decision.time)
    }

    private func dropEnd(_ id: String) {
        guard self.ends.removeValue(forKey: id) != nil else { return }
        self.strangers += 1
        self.memory -= Self.lineCost
    }

    /// Writes a download once.
    private func write(_ download: JoinedDownload) {
        guard !download.isFinished else { return }
        download.isFinished = true
        self.finished(download)
    }

    /// Writes a download unless it was, and forgets it. Lines about its requests that follow belong to no download.
    private func finish(_ download: JoinedDownload) {
        self.write(download)
        guard self.downloads[download.key] === download else { return }
        self.downloads[download.key] = nil
        self.memory -= download.cost
        for id in download.open where self.requests.removeValue(forKey: id) != nil { self.memory -= Self.lineCost }
    }

    /// Gives up the oldest lines and downloads if there are too many.
    private func boundMemory() {
        while self.memory > Self.memoryLimit {
            if let (id, _) = self.endOrder.first, self.ends.count > self.requests.count {
                self.endOrder.removeFirst()
                self.dropEnd(id)
            } else if let download = self.order.first {
                self.order.removeFirst()
                if !download.isFinished { self.givenUp += 1 }
                self.finish(download)
            } else {
                break
            }
        }
    }
}

/// Elements in the order of their arrival.
struct AgeQueue<Element> {
    private var elements: [Element] = []
    private var start = 0

    /// The oldest element.
    var first: Element? { self.start < self.elements.count ? self.elements[self.start] : nil }

    mutating func append(_ element: Element) { self.elements.append(element) }

    mutating func removeFirst() {
        self.start += 1
        guard self.start > 1024, self.start * 2 > self.elements.count else { return }
        self.elements.removeFirst(self.start)
        self.start = 0
    }

    mutating func removeAll(where isOver: (Element) -> Bool) {
        self.elements.removeFirst(self.start)
        self.start = 0
        self.elements.removeAll(where: isOver)
    }
}
