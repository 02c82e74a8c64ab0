import Glibc
import Testing

/// The requirements for booting a machine.
enum MachineRequirements {
    /// The reason why no machine can be booted; `nil` if one can.
    static let missing: String? = {
        if Release.chosen.isEmpty { return "MACHINES names no release" }
        if Sanitizer.isPresent { return "programs built with a sanitizer need libraries that a machine does not have" }
        guard geteuid() == 0 else { return "only root can boot a machine" }
        for command in ["debootstrap", "systemd-nspawn", "nsenter"] where !Self.isInstalled(command) {
            return "there is no \(command): apt-get install debootstrap systemd-container"
        }
        return Self.trial()
    }()

    /// Starts this system's own programs as systemd-nspawn does for a machine; returns the error.
    private static func trial() -> String? {
        guard let log = try? "\(Workspace.shared.makeDirectory("trial"))/log",
            let trial = try? ChildProcess(
                [
                    "\(Machine.folder)/in-group", "trial-\(getpid())", "systemd-nspawn", "--quiet", "--directory=/",
                    "--volatile=yes", "--register=no", "--keep-unit",
                    "--machine=trial-\(getpid())", "--private-network", "--pipe", "true",
                ], log: log),
            let end = try? trial.waitForEnd()
        else { return "systemd-nspawn cannot be started" }
        guard end != .exited(0) else { return nil }
        let lines = (try? Files.text(log))?.split(separator: "\n") ?? []
        return "systemd-nspawn does not work here, as in an unprivileged container: \(lines.last ?? "")"
    }

    private static func isInstalled(_ command: String) -> Bool {
        ChildProcess.plainEnvironment.values.flatMap { $0.split(separator: ":") }
            .contains { access("\($0)/\(command)", X_OK) == 0 }
    }

    /// Whether programs built on this machine run on a release.
    static func programsRun(on release: Release) -> Bool {
        // "glibc 2.36"
        var text = [UInt8](repeating: 0, count: 32)
        let length = text.withUnsafeMutableBytes { buffer in
            confstr(Int32(_CS_GNU_LIBC_VERSION), buffer.baseAddress?.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        let version = String(decoding: text.prefix(length), as: UTF8.self).split { !$0.isNumber }.compactMap { Int($0) }
        return version.count >= 2 && (version[0], version[1]) <= release.libraryVersion
    }

    /// The releases whose machines can be booted here.
    static let releases: [Release] = {
        if let missing = Self.missing {
            print("No machine is booted: \(missing).")
            return []
        }
        for release in Release.chosen where !Self.programsRun(on: release) {
            print("No machine of \(release.testDescription) is booted: its C library is older than this machine's.")
        }
        return Release.chosen.filter(Self.programsRun)
    }()

    /// Each value on one of the releases, in turn; with `MACHINE_CASES=all` in the environment, on each of them.
    ///
    /// For tests whose result depends on the program more than on the release: all cases on all releases take a quarter
    /// of an hour longer.
    ///
    /// - Parameter offset: The place of the first value's release in ``releases``.
    static func inTurn<Value>(_ values: [Value], from offset: Int = 0) -> [(Release, Value)] {
        let releases = Self.releases
        if getenv("MACHINE_CASES").map({ String(cString: $0) }) == "all" {
            return releases.flatMap { release in values.map { (release, $0) } }
        }
        guard !releases.isEmpty else { return [] }
        return values.enumerated().map { (releases[($0.offset + offset) % releases.count], $0.element) }
    }
}

extension Trait where Self == ConditionTrait {
    /// Skips tests that need a machine if none can be booted, with the reason.
    static var onMachines: Self {
        .enabled(
            if: !MachineRequirements.releases.isEmpty,
            "\(MachineRequirements.missing ?? "no selected release can run programs built here")")
    }
}
