import CLinux
import Glibc
import Subprocess

/// The state of this machine when a check of a gate found no fault.
///
/// A later check that finds one shows what has changed since then. Only root records, because other users do not see everything, and
/// because the record names files that they may not see.
struct MachineRecord: Sendable {
    /// Seconds since 1970.
    let time: Int
    let watched: WatchedPaths
    /// The state by path. The output of a command stands under the command.
    let paths: [String: RecordedPath]

    /// Where the record is kept.
    static let file = "/var/lib/sendfile-gate/checked"

    /// Looks at the machine.
    init(_ watched: WatchedPaths) async {
        self.time = Glibc.time(nil)
        self.watched = watched
        var paths = watched.survey()
        paths[Self.ports] = RecordedPath(output: Self.listeningPrograms())
        paths[Self.mounts] = RecordedPath(output: Self.mountPoints())
        if let rules = await Self.firewall() { paths[Self.rules] = RecordedPath(output: rules) }
        self.paths = paths
    }

    init(time: Int, watched: WatchedPaths, paths: [String: RecordedPath]) {
        (self.time, self.watched, self.paths) = (time, watched, paths)
    }

    // MARK: Outputs

    static let ports = "ss -ltnp"
    static let mounts = "findmnt"
    static let rules = "nft list ruleset"

    /// The ports of this machine and the programs that listen on them.
    private static func listeningPrograms() -> [String] {
        ((try? PortHolders.all()) ?? [:]).sorted { $0.key < $1.key }.map { port, names in
            "port \(port): \(names.sorted().joined(separator: ", "))"
        }
    }

    /// The mount points of disks and directories, with their type and whether they can be written; see proc(5), `mountinfo`.
    private static func mountPoints() -> [String] {
        guard let bytes = try? FileState.bytes(of: "/proc/self/mountinfo") else { return [] }
        let virtual = ["/proc", "/sys", "/dev", "/run"]
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { line -> String? in
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { return nil }
            let place = String(fields[4])
            guard !virtual.contains(where: { place == $0 || place.hasPrefix("\($0)/") }) else { return nil }
            return "\(place) is \(fields[dash + 1]) with \(fields[5])"
        }
        return lines.sorted()
    }

    /// The rules of the firewall; `nil` if this machine has no nft(8).
    private static func firewall() async -> [String]? {
        let result = try? await run(
            .name("nft"), arguments: ["--stateless", "list", "ruleset"], output: .string(limit: 1 << 20),
            error: .discarded)
        guard let result, result.terminationStatus.isSuccess else { return nil }
        return result.standardOutput.split(separator: "\n").map(String.init)
    }
}
