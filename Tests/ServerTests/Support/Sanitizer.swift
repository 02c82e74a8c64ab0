import Glibc

/// The sanitizer of the test build, which multiplies the memory of the programs under test.
enum Sanitizer {
    static let isThread = isLinked("__tsan_init")
    static let isAddress = isLinked("__asan_init")
    static let isPresent = isThread || isAddress

    /// The settings of programs that are started with ``ChildProcess/plainEnvironment``. An error that the sanitizer finds ends them by a
    /// signal, like a trap, and Swift does not report a trap itself, because that would take more than a minute.
    static let environment =
        isAddress
        ? [
            "ASAN_OPTIONS": "abort_on_error=1", "SWIFT_BACKTRACE": "enable=no",
            "LSAN_OPTIONS": "suppressions='\(tests)/leak-sanitizer':print_suppressions=0",
        ] : [:]

    /// The settings of a program in which leaks are not searched for: that needs files, threads and memory, and stops all threads.
    static let environmentWithoutLeaks =
        isAddress ? ["ASAN_OPTIONS": "abort_on_error=1:detect_leaks=0"] : [:]

    /// The directory `Tests`.
    private static let tests = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")

    private static func isLinked(_ name: StaticString) -> Bool {
        name.withUTF8Buffer { name in
            name.withMemoryRebound(to: CChar.self) { dlsym(nil, $0.baseAddress!) != nil }
        }
    }

    /// The executable of a process that was started as `program`. Of the programs, only sendfile-gate starts others.
    static func executable(of program: String) -> String {
        guard self.isThread, program.hasSuffix("/sendfile-gate"), let slash = program.lastIndex(of: "/") else {
            return program
        }
        return "\(program[..<slash])/built\(program[slash...])"
    }

    /// Replaces a program with a script that starts it with the settings of `Tests/thread-sanitizer`. The environment
    /// is not sufficient, because web servers do not pass it on.
    static func writeScript(for program: String) throws {
        try Files.write(try Files.text("\(self.tests)/thread-sanitizer"), to: "\(program).suppressions")
        try Files.write(
            """
            #!/bin/sh
            TSAN_OPTIONS='suppressions=\(program).suppressions' exec '\(self.executable(of: program))' "$@"

            """, to: program, mode: 0o755)
    }
}
