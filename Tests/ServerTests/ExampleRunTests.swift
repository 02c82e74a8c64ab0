import Glibc
import Testing

/// The script that serves the example site.
@Suite struct ExampleRunTests {
    private static let script =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3).joined(separator: "/")
        + "/Examples/run"

    @Test("A failed build prints each error once and the path of its log")
    func failedBuild() throws {
        let directory = try Workspace.shared.makeDirectory("example")
        let error = "/srv/Site.swift:1:1: error: cannot find 'x' in scope"
        try Files.write(
            """
            #!/bin/sh
            echo "FileManager.swift.o: warning: the use of \\`mktemp' is dangerous, better use \\`mkstemp'"
            echo "\(error)"
            echo "[2/3] Compiling ProtectedDownloads Site.swift"
            echo "\(error)"
            exit 1

            """, to: "\(directory)/swift", mode: 0o755)
        let path = "\(directory):\(ChildProcess.plainEnvironment["PATH"]!)"
        let log = "\(directory)/output"
        let run = try ChildProcess(
            [Self.script, "--port", "0"],
            environment: ChildProcess.plainEnvironment.merging(["PATH": path, "TMPDIR": directory]) { $1 }, log: log)
        #expect(try run.waitForEnd(seconds: 60) == .exited(1))
        let lines = try Files.text(log).split(separator: "\n").map(String.init)
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

    @Test("A build that takes long shows its time and its last step, also without a terminal")
    func progress() throws {
        let directory = try Workspace.shared.makeDirectory("example")
        try Files.write(
            """
            #!/bin/sh
            echo "[1/3] Compiling FastCGI Request.swift"
            until [ -e "\(directory)/end" ]; do sleep 0.1; done
            exit 1

            """, to: "\(directory)/swift", mode: 0o755)
        let path = "\(directory):\(ChildProcess.plainEnvironment["PATH"]!)"
        let log = "\(directory)/output"
        let run = try ChildProcess(
            [Self.script, "--port", "0"],
            environment: ChildProcess.plainEnvironment.merging(["PATH": path, "TMPDIR": directory]) { $1 }, log: log)
        let deadline = time(nil) + 60
        let line = /^ *(\d+):(\d\d)  \[1\/3\] Compiling FastCGI Request.swift$/.anchorsMatchLineEndings()
        while try Files.text(log).matches(of: line).count < 2, time(nil) < deadline { usleep(50_000) }
        let times = try Files.text(log).matches(of: line).map { Int($0.output.1)! * 60 + Int($0.output.2)! }
        #expect(times.count >= 2 && times == times.sorted() && times.first! >= 5, "\(times)")
        try Files.write("", to: "\(directory)/end")
        #expect(try run.waitForEnd(seconds: 60) == .exited(1))
    }
}
