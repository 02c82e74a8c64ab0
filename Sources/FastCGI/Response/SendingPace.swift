/// The pace at which a body is sent: at most a number of bytes per second, in parts of about an eighth of a second.
struct SendingPace {
    private let rate: Int64
    private var start = ContinuousClock.now
    private var sent: Int64 = 0

    /// The most bytes of a part. One of a large rate is not larger than what a writer sends before other tasks have their turn.
    let part: Int64

    /// - Parameter rate: The number of bytes per second, at least 1.
    init(_ rate: UInt32) {
        self.rate = Int64(max(1, rate))
        self.part = min(max(1, self.rate / 8), 1 << 20)
    }

    /// Waits after a part was sent, until as many bytes are permitted.
    ///
    /// A client that was slower for a while does not get the rest faster.
    mutating func wait(after count: Int64) async throws {
        self.sent += count
        let due = self.start + .seconds(Double(self.sent) / Double(self.rate))
        let now = ContinuousClock.now
        guard due < now else { return try await Task.sleep(until: due, clock: .continuous) }
        if due < now - .seconds(1) { (self.start, self.sent) = (now, 0) }
    }
}
