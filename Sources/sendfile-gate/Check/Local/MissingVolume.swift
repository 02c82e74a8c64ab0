import CLinux
import Glibc

/// A volume that belongs below a directory and is not mounted, or one that is mounted in its place.
enum MissingVolume {
    /// A sentence for a directory that is empty or lacks a file: it names the volume that is not mounted.
    static func hint(_ root: String) -> String {
        if let mount = self.mount(root) { return "; \(mount)" }
        if access(root, F_OK) != 0, errno == ENOENT || errno == ENOTDIR {
            return "; the directory does not exist\(Self.similar(root))"
        }
        guard SampleFile.names(in: root).allSatisfy({ $0.hasPrefix(".") || $0 == "lost+found" }) else { return "" }
        return
            "; the directory is empty: if the files are on a volume of their own, it is not mounted (findmnt --target \(root.quotedForShell); "
            + "mount \(root.quotedForShell); /etc/fstab), and RequiresMountsFor=\(root) in sendfile-gate.service lets the gate wait for it"
    }

    /// The mount that is missing for a directory, or that hides its files.
    static func mount(_ root: String) -> String? {
        let mounts = MountCover.all
        let lines = PlainLines.read("/etc/fstab").compactMap { line -> String? in
            let words = line.name.split { $0 == " " || $0 == "\t" }
            guard words.count > 2, words[1] != "/" else { return nil }
            let point = String(words[1])
            guard UnitState.contains(point, root), !mounts.contains(where: { $0.point == point }) else { return nil }
            return "\(line.place): \(line.text)"
        }
        if !lines.isEmpty { return "a volume of /etc/fstab is not mounted there: \(lines.joined(separator: "; "))" }
        let isEmpty = SampleFile.names(in: root).allSatisfy { $0.hasPrefix(".") || $0 == "lost+found" }
        let cover = isEmpty ? MountCover.hiding(root, in: root, mounts) : nil
        return (cover ?? MountCover.empty(below: root, mounts).first)?.shown
    }

    /// The directories beside a missing one whose names begin as its name does, or the other way round.
    private static func similar(_ root: String) -> String {
        let way = WatchedPaths.way(to: root)
        guard way.count > 1, let name = root.split(separator: "/").last else { return "" }
        let names = SampleFile.names(in: way[1]).filter { $0.hasPrefix(name) || name.hasPrefix($0) }
        return names.isEmpty ? "" : ", but \(names.sorted().map { "\(way[1])/\($0)" }.joined(separator: ", "))"
    }
}
