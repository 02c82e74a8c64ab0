import Glibc

/// A failure of the test support.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// The failure of a system call, with the system's reason.
    static func system(_ action: String, _ code: Int32 = errno) -> Failure {
        Failure("\(action): \(String(cString: strerror(code)))")
    }
}
