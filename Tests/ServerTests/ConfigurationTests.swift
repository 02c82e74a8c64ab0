import Glibc
import Testing

/// The files in `conf` that no test starts a server with.
@Suite struct ConfigurationTests {
    private static let verifier = "/usr/bin/systemd-analyze"

    @Test("systemd understands every line of the units", .enabled(if: access(Self.verifier, X_OK) == 0))
    func units() throws {
        let directory = try Workspace.shared.makeDirectory("units")
        try ConfigurationFiles.fill(
            "systemd", into: directory,
            values: ["PROGRAM": try Workspace.shared.program, "SOCKET": "\(directory)/sendfile.sock"])
        let log = "\(directory)/verify.log"
        let verify = try ChildProcess(
            [Self.verifier, "verify", "\(directory)/sendfile.service", "\(directory)/sendfile.socket"], log: log)
        #expect(try verify.waitForEnd() == .exited(0))
        #expect(try Files.text(log).isEmpty)
    }

    @Test(
        "systemd does not restart a program without a socket or with an invalid setting",
        arguments: ["sendfile.service", "sendfile-gate.service"])
    func restart(_ unit: String) throws {
        let directory = try Workspace.shared.makeDirectory("restart")
        try ConfigurationFiles.fill(
            "systemd", into: directory,
            values: ["PROGRAM": try Workspace.shared.program, "SECRET": "\(directory)/secret"], files: [unit])
        let lines = try Files.text("\(directory)/\(unit)").split(separator: "\n")
        #expect(lines.contains("Restart=on-failure"))
        let statuses = lines.filter { $0.hasPrefix("RestartPreventExitStatus=") }.flatMap { line in
            line.drop { $0 != "=" }.dropFirst().split(separator: " ")
        }
        #expect(Set(statuses).isSuperset(of: ["64", "78"]), "\(statuses)")
    }

    /// The kernel's check for deadlocks knows processes and not threads: two threads of two processes that each hold one of
    /// mod_fcgid's two mutexes look like a deadlock, and mod_fcgid ends its Apache process (1 of 18,000 requests was lost in a run
    /// with `Mutex file:`).
    @Test("No configuration of Apache locks mod_fcgid's tables with fcntl")
    func mutex() throws {
        let directory = "\(CodeBlock.package)/conf/apache"
        let names = try Files.names(in: directory).filter { $0.hasSuffix(".conf") }
        #expect(names.contains("fcgid.conf"))
        for name in names {
            let lines = try Files.text("\(directory)/\(name)").split(separator: "\n").map { $0.drop { $0 == " " } }
            #expect(!lines.contains { $0.hasPrefix("Mutex ") }, "\(name)")
        }
    }

    @Test("A missing value for a placeholder is an error")
    func unfilled() throws {
        let directory = try Workspace.shared.makeDirectory("unfilled")
        #expect(throws: Failure.self) { try ConfigurationFiles.fill("nginx", into: directory, values: ["PORT": "1"]) }
    }
}
