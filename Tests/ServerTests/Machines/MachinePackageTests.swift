import Glibc
import Testing

extension ServerTests {
    /// The Debian package of sendfile-gate: `Tests/debian-package` with the program of this build.
    @Suite(.serialized, .onMachines) struct MachinePackageTests {
        @Test("The package installs, upgrades under load without a lost request, and leaves nothing when it is purged")
        func package() throws {
            let program = try #require(try MachinePrograms.shared.get().paths.first { $0.hasSuffix("/sendfile-gate") })
            var environment = ChildProcess.plainEnvironment
            for name in ["HOME", "XDG_CACHE_HOME"] { environment[name] = getenv(name).map { String(cString: $0) } }
            let releases = MachineRequirements.releases.map(\.rawValue)
            let process = try ChildProcess(
                ["\(CodeBlock.package)/Tests/debian-package", "--program", program] + releases,
                environment: environment, log: "\(try Workspace.shared.makeDirectory("package"))/log")
            let end = try process.waitForEnd(seconds: 900)
            let log = try Files.text(process.log)
            print(log, terminator: "")
            #expect(end == .exited(0), "\(log)")
        }
    }
}
