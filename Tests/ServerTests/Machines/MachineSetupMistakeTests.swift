import Glibc
import Testing

extension ServerTests {
    /// `sendfile-gate check` of a setup that init made, after a mistake that no rule names.
    @Suite(.serialized, .onMachines) struct MachineSetupMistakeTests {
        private static let cases = MachineRequirements.inTurn(SetupMistake.all)

        /// The lines that a reader may carry out, in order. Without a report, the message comes first and then its reasons.
        private static func remedies(_ output: String, _ end: Int32) -> [Substring] {
            let lines = output.split(separator: "\n")
            return switch end {
            case 0, 1: lines.filter { $0.contains(" -> ") }
            case EX_UNAVAILABLE: Array(lines.dropFirst())
            default: lines
            }
        }

        @Test("The place of a mistake that no rule knows is named", arguments: Self.cases)
        func mistake(_ release: Release, _ mistake: SetupMistake) throws {
            try BareMachine.with(mistake.server, release) { bare in
                try bare.machine.run("install /root/bare/sendfile-gate /usr/local/bin/")
                let setup = try bare.setUp()
                try #require(setup.end == .exited(0), "\(setup.output)")
                let check =
                    "sendfile-gate check --config /etc/sendfile-gate/sendfile-gate.conf --url http://localhost/files/"
                let good = try bare.machine.attempt(check)
                #expect(good.end == .exited(0) && good.output.contains("0 warn, 0 FAIL"), "\(good.output)")
                try bare.machine.run(mistake.script)
                if mistake.end != EX_UNAVAILABLE {
                    try bare.machine.wait("the web server listens") {
                        try bare.machine.attempt("curl --silent --output /root/page http://localhost/").end
                            == .exited(0)
                    }
                }
                let bad = try bare.machine.attempt("\(check) \(mistake.arguments)")
                #expect(bad.end == .exited(mistake.end), "\(bad.output)")
                #expect(bad.output.contains(mistake.line), "\(mistake.line) is not in \(bad.output)")
                if let never = mistake.never { #expect(!bad.output.contains(never), "\(bad.output)") }
                if mistake.isFirst {
                    #expect(
                        Self.remedies(bad.output, mistake.end).first?.contains(mistake.line) == true, "\(bad.output)")
                }
                // Found in another way: by comparison with the state when init's check found no fault.
                #expect(bad.output.contains("Changed on this machine since a check found no fault"), "\(bad.output)")
                #expect(try bare.machine.run("stat --format=%a /var/lib/sendfile-gate/checked") == "600\n")
            }
        }
    }
}
