import Glibc

/// Why the tests' own machinery could not go on.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// What a system call did not do, and the system's reason.
    static func system(_ action: String, _ code: Int32 = errno) -> Failure {
        Failure("\(action): \(String(cString: strerror(code)))")
    }
}
