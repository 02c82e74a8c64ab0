import Glibc
import Testing

/// Properties of the gate's files in `conf` that a running web server does not show.
@Suite struct GateConfigurationTests {
    private static let verifier = "/usr/bin/systemd-analyze"

    @Test("systemd understands every line of the units", .enabled(if: access(Self.verifier, X_OK) == 0))
    func units() throws {
        let workspace = try Workspace.shared
        let directory = try workspace.makeDirectory("gate-units")
        let units = ["sendfile-gate.service", "sendfile-gate.socket"]
        try ConfigurationFiles.fill(
            "systemd", into: directory,
            values: [
                "PROGRAM": workspace.gate, "SOCKET": "\(directory)/gate.sock", "SECRET": "\(directory)/secret",
            ], files: units)
        let log = "\(directory)/verify.log"
        let verify = try ChildProcess([Self.verifier, "verify"] + units.map { "\(directory)/\($0)" }, log: log)
        #expect(try verify.waitForEnd() == .exited(0))
        #expect(try Files.text(log).isEmpty)
    }
}
