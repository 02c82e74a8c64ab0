/// The reason why a program has no web server for development.
struct DevelopmentError: ProgramError, CustomStringConvertible {
    /// One sentence: the thing, its value, and the remedy.
    let description: String

    /// 64 (usage) for an invalid option, 69 (unavailable) for a web server that is missing or does not run.
    let exitStatus: Int32

    static func usage(_ description: String) -> Self { Self(description: description, exitStatus: 64) }
    static func unavailable(_ description: String) -> Self { Self(description: description, exitStatus: 69) }
}
