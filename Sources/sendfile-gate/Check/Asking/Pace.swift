import Sendfile

/// The seconds that a check may wait for a web server that limits the rate of requests.
///
/// A limit is no fault, so the check waits and asks again, but not for long.
final class Pace: Sendable {
    private let seconds = Locked(10)

    /// Takes one second.
    ///
    /// - Returns: Whether there was one.
    func take() -> Bool {
        self.seconds.withLock { seconds in
            seconds -= 1
            return seconds >= 0
        }
    }
}

/// Ends the requests of a check, because the web server limits them.
struct Limited: Error {
    let answer: Answer
}
