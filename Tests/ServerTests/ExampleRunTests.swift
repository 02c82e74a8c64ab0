import Glibc
import Testing

/// The script that serves the example site.
@Suite struct ExampleRunTests {
    private static let script =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        + "/Examples/run"

    /// Starts the script in a directory of its own, with a `swift` that runs these lines of shell.
    private static func start(withBuild lines: String) throws -> (directory: String, run: ChildProcess) {
        let directory = try Workspace.shared.makeDirectory("example")
        try Files.write("#!/bin/sh\n\(lines)\n", to: "\(directory)/swift", mode: 0o755)
        let path = "\(directory):\(ChildProcess.plainEnvironment["PATH"]!)"
        let run = try ChildProcess(
            [Self.script, "--port", "0"],
            environment: ChildProcess.plainEnvironment.merging(["PATH": path, "TMPDIR": directory]) { $1 },
            log: "\(directory)/output")
        return (directory, run)
    }

    @Test("A failed build prints each error once and the path of its log")
    func failedBuild() throws {
        let error = "/srv/Site.swift:1:1: error: cannot find 'x' in scope"
        let (directory, run) = try Self.start(
            withBuild: """
                echo "FileManager.swift.o: warning: the use of \\`mktemp' is dangerous, better use \\`mkstemp'"
                echo "\(error)"
                echo "[2/3] Compiling ProtectedDownloads Site.swift"
                echo "\(error)"
                exit 1
                """)
        #expect(try run.waitForEnd(seconds: 60) == .exited(1))
        let lines = try Files.text(run.log).split(separator: "\n").map(String.init)
        let names = try Files.names(in: directory).filter { $0.hasSuffix(".log") }
        let kept = "\(directory)/\(try #require(names.first))"
        #expect(names.count == 1)
        #expect(
            lines.suffix(3) == [
                "--- the errors:", error, "run: the build failed; the complete output is in \(kept)",
            ], "\(lines)")
        #expect(lines.count { $0 == error } == 3)
        #expect(!lines.contains { $0.contains("mktemp") })
        #expect(try Files.text(kept).contains("[2/3] Compiling"))
    }

    /// With `EXAMPLE_STORE=lighttpd`, `nginx` or `apache`: takes a minute, because 1 GiB goes into the store and out of it.
    @Test("The tour passes with the files in an object store", .enabled(if: getenv("EXAMPLE_STORE") != nil))
    func store() throws {
        let server = getenv("EXAMPLE_STORE").map { String(cString: $0) } ?? ""
        let program = try Workspace.install("ProtectedDownloads", in: Workspace.shared.makeDirectory("example-bin"))
        let directory = try Workspace.shared.makeDirectory("example")
        try Files.write(
            "#!/bin/sh\n[ \"$(echo \"$*\" | grep -c show-bin-path)\" = 0 ] || dirname '\(program)'\n",
            to: "\(directory)/swift", mode: 0o755)
        let environment = ["PATH": "\(directory):\(ChildProcess.plainEnvironment["PATH"]!)", "TMPDIR": directory]
        let names: [String] = ["HOME", "PIP_INDEX_URL", "PIP_CERT"]
        let variables = names.compactMap { name in getenv(name).map { (name, String(cString: $0)) } }
        let run = try ChildProcess(
            [Self.script, "--store", "--check", "--server", server, "--port", "0"],
            environment: ChildProcess.plainEnvironment.merging(environment) { $1 }.merging(variables) { $1 },
            log: "\(directory)/output")
        #expect(try run.waitForEnd(seconds: 540) == .exited(0))
        let output = try Files.text(run.log)
        #expect(output.contains(" checks passed."), "\(output)")
    }

    @Test("A build that takes long shows its time and its last step, also without a terminal")
    func progress() throws {
        let directory = try Workspace.shared.makeDirectory("end")
        let (_, run) = try Self.start(
            withBuild: """
                echo "[1/3] Compiling FastCGI Request.swift"
                until [ -e "\(directory)/end" ]; do sleep 0.1; done
                exit 1
                """)
        let line = /^ *(\d+):(\d\d)  \[1\/3\] Compiling FastCGI Request.swift$/.anchorsMatchLineEndings()
        try Deadline.wait("the script has shown the step twice") {
            try Files.text(run.log).matches(of: line).count >= 2
        }
        let times = try Files.text(run.log).matches(of: line).map { Int($0.output.1)! * 60 + Int($0.output.2)! }
        #expect(times == times.sorted() && times.first! >= 5, "\(times)")
        try Files.write("", to: "\(directory)/end")
        #expect(try run.waitForEnd(seconds: 60) == .exited(1))
    }
}
