import Testing

extension ServerTests {
    /// The C functions of the target CLinux, which no sanitizer of Swift examines.
    @Suite struct ShimTests {
        @Test("The C functions have no undefined behaviour, with ordinary and with extreme arguments")
        func undefined() throws {
            let directory = try Workspace.shared.makeDirectory("shims")
            let (program, log) = ("\(directory)/shims", "\(directory)/output")
            let files = try Workspace.shared.makeDirectory("files")
            let options = [
                "-fsanitize=undefined,address", "-fno-sanitize-recover=all", "-g", "-fuse-ld=lld", "-Wall", "-Wextra",
                "-Wno-unused-function", "-Werror",
            ]
            try CCompiler.compile("Tests/shims.c", options, to: program)
            // Files are left open until the end of the program.
            let run = try ChildProcess(
                [program, files], environment: ["ASAN_OPTIONS": "detect_leaks=0"], log: log)
            let end = try run.waitForEnd()
            let output = try Files.text(log)
            #expect(end == .exited(0), "\(output)")
            #expect(output == "every function was called\n")
        }

        @Test("Every C function is called") func all() throws {
            let header = try Files.text("\(CodeBlock.package)/Sources/CLinux/CLinux.h")
            let calls = try Files.text("\(CodeBlock.package)/Tests/shims.c")
            let names = header.split(separator: "static inline ").dropFirst().compactMap { text in
                text.prefix { $0 != "(" }.split { " *".contains($0) }.last
            }
            #expect(names.count > 10)
            // The signal handler is passed to sigaction(2) and called by it.
            for name in names where name != "linux_report_signal" { #expect(calls.contains("\(name)("), "\(name)") }
        }
    }
}
