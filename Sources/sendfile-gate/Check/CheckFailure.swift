/// The reason why nothing could be checked.
struct CheckFailure: Error, CustomStringConvertible {
    enum Code {
        case noCurl
        case unreachable
        case unusable
        /// The directory of the checked file does not accept new files.
        case unwritable
    }

    let code: Code
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
