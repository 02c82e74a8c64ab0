import Glibc

/// Waiting for a condition.
enum Deadline {
    /// Waits until `condition` holds.
    static func wait(_ what: String, seconds: Int = Socket.patience, _ condition: () throws -> Bool) throws {
        let end = time(nil) + seconds
        while try !condition() {
            guard time(nil) < end else { throw Failure("timed out waiting until \(what)") }
            usleep(10_000)
        }
    }
}
