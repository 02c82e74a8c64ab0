import CLinux
import Glibc

/// A volume that belongs below a directory and is not mounted.
enum MissingVolume {
    /// A sentence for a directory that is empty or lacks a file: it names the volume that is not mounted.
    static func hint(_ root: String) -> String {
        let lines = PlainLines.read("/etc/fstab").compactMap { line -> String? in
            let words = line.name.split { $0 == " " || $0 == "\t" }
            guard words.count > 2, words[1] != "/" else { return nil }
            let point = String(words[1])
            guard root == point || root.hasPrefix("\(point)/"), !Self.isMounted(point) else { return nil }
            return "\(line.place): \(line.text)"
        }
        if lines.isEmpty, access(root, F_OK) != 0, errno == ENOENT || errno == ENOTDIR {
            return "; the directory does not exist\(Self.similar(root))"
        }
        if !lines.isEmpty { return "; a volume of /etc/fstab is not mounted there: \(lines.joined(separator: "; "))" }
        guard SampleFile.names(in: root).allSatisfy({ $0.hasPrefix(".") || $0 == "lost+found" }) else { return "" }
        return
            "; the directory is empty: if the files are on a volume of their own, it is not mounted (findmnt --target \(root.quotedForShell); "
            + "mount \(root.quotedForShell); /etc/fstab), and RequiresMountsFor=\(root) in sendfile-gate.service lets the gate wait for it"
    }

    /// The directories beside a missing one whose names begin as its name does, or the other way round.
    private static func similar(_ root: String) -> String {
        let way = WatchedPaths.way(to: root)
        guard way.count > 1, let name = root.split(separator: "/").last else { return "" }
        let names = SampleFile.names(in: way[1]).filter { $0.hasPrefix(name) || name.hasPrefix($0) }
        return names.isEmpty ? "" : ", but \(names.sorted().map { "\(way[1])/\($0)" }.joined(separator: ", "))"
    }

    /// Whether a directory is on another file system than its parent.
    private static func isMounted(_ path: String) -> Bool {
        var (own, parent) = (stat(), stat())
        guard stat(path, &own) == 0, stat("\(path)/..", &parent) == 0 else { return false }
        return own.st_dev != parent.st_dev
    }
}
