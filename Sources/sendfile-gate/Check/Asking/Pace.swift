import Sendfile

/// The time for which a check waits for a web server that limits the rate of requests.
///
/// A limit is not a fault, so the check pauses and asks again. A site that allows ten requests a second is checked completely.
final class Pace: Sendable {
    private let end = Locked<ContinuousClock.Instant?>(nil)

    /// Pauses for a second, unless the time that began with the first pause is over.
    ///
    /// - Returns: Whether to ask again.
    func pause() async throws -> Bool {
        let now = ContinuousClock.now
        let end = self.end.withLock { end in
            let first = end ?? now + .seconds(20)
            end = first
            return first
        }
        guard now < end else { return false }
        try await Task.sleep(for: .seconds(1))
        return true
    }
}

/// Ends the requests of a check, because the web server limits them.
struct Limited: Error {
    let answer: Answer
}
