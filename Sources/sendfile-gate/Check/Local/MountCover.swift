import CLinux
import Glibc

/// A file system that is mounted over a directory, and hides the files that the directory contains.
struct MountCover: Sendable, Equatable {
    private let id: String
    private let parent: String
    let point: String
    let source: String
    let type: String
    /// The mounted directory of the file system: `/`, or another one for a bind mount.
    let part: String

    /// Reads a line of /proc/self/mountinfo: `36 35 98:0 /part /point rw,noatime master:1 - ext3 /dev/sda1 rw`.
    init?(_ line: String) {
        let words = line.split(separator: " ").map(String.init)
        guard words.count > 6, let sign = words.firstIndex(of: "-"), words.count > sign + 2 else { return nil }
        (self.id, self.parent) = (words[0], words[1])
        (self.part, self.point) = (Self.plain(words[3]), Self.plain(words[4]))
        (self.type, self.source) = (words[sign + 1], Self.plain(words[sign + 2]))
    }

    /// All mounts of this process.
    static var all: [MountCover] { PlainLines.read("/proc/self/mountinfo").compactMap { MountCover($0.name) } }

    /// The mounts on the way to a path, from the top on, as the kernel enters them: others are hidden below them.
    static func way(to path: String, _ all: [MountCover]) -> [MountCover] {
        var way = all.last { $0.point == "/" }.map { [$0] } ?? []
        for directory in WatchedPaths.way(to: path).reversed() {
            while let next = all.last(where: { mount in
                mount.point == directory && !way.contains(mount) && (way.last.map { $0.id == mount.parent } ?? true)
            }) { way.append(next) }
        }
        return way.filter { $0.point != "/" }
    }

    /// The mount that probably hides a file or a directory: its own directory, or one on the way to it.
    ///
    /// - Parameter root: The directory of the files. A mount on it or below it counts if the file does not exist; one above it only
    ///   if the next directory on the way does not exist.
    static func hiding(_ path: String, in root: String, _ all: [MountCover] = Self.all) -> MountCover? {
        guard let mount = Self.way(to: path, all).last, mount.isDoubtful else { return nil }
        let isMissing = access(path, F_OK) != 0
        if UnitState.contains(root, mount.point), mount.point != path { return isMissing ? mount : nil }
        if mount.point == path { return Self.isEmpty(path) || mount.isBind ? mount : nil }
        guard isMissing, !Self.ofSystem.contains(mount.point) else { return nil }
        let way = WatchedPaths.way(to: path)
        return way.firstIndex(of: mount.point).map { access(way[$0 - 1], F_OK) != 0 } == true ? mount : nil
    }

    /// The mounts below a directory that are empty.
    static func empty(below root: String, _ all: [MountCover] = Self.all) -> [MountCover] {
        all.filter { $0.point.hasPrefix("\(root)/") && Self.isEmpty($0.point) }
    }

    /// Directories that are always mount points, and that hide nothing.
    private static let ofSystem: Set<String> = ["/tmp", "/run", "/dev", "/proc", "/sys", "/dev/shm", "/var/tmp"]

    /// Whether the mount may be a mistake. A volume with files that a file names is not.
    private var isDoubtful: Bool {
        Self.isEmpty(self.point) || self.isBind || ["tmpfs", "ramfs", "overlay"].contains(self.type)
            || self.places.isEmpty
    }

    /// Whether another directory is mounted here, and not a whole file system. Subvolumes of btrfs are whole.
    private var isBind: Bool { self.part != "/" && self.type != "btrfs" }

    private static func isEmpty(_ directory: String) -> Bool {
        SampleFile.names(in: directory).allSatisfy { $0.hasPrefix(".") || $0 == "lost+found" }
    }

    /// The lines of /etc/fstab, or of the unit of systemd, that mount it.
    private var places: [String] {
        let table = PlainLines.read("/etc/fstab").filter { line in
            let words = line.name.split { $0 == " " || $0 == "\t" }
            return words.count > 2 && Self.plain(String(words[1])) == self.point
        }
        let units = ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system"].flatMap { directory in
            SampleFile.names(in: directory).filter { $0.hasSuffix(".mount") }.map { "\(directory)/\($0)" }
        }
        let lines = units.filter { file in
            PlainLines.read(file).contains { $0.name == "Where=\(self.point)" }
        }.flatMap { file in PlainLines.read(file).filter { $0.name.hasPrefix("What=") } }
        return (table + lines).map { "\($0.place): \($0.text)" }
    }

    /// The words of a report: the command first.
    var shown: String {
        let what = self.isBind ? "the directory \(self.part) of \(self.source)" : "\(self.source) (\(self.type))"
        let content = Self.isEmpty(self.point) ? ", which is empty," : ""
        let lines = self.places
        let places = lines.isEmpty ? "" : "; then remove the line that mounts it: \(lines.joined(separator: "; "))"
        return
            "\(Self.umount(self.point))   (\(what)\(content) is mounted over \(self.point) and hides what is there\(places))"
    }

    /// The command that removes the mount. A running gate holds its root, so the file system is busy.
    private static func umount(_ point: String) -> String {
        let command = "umount \(point.quotedForShell)"
        let units = ["/etc", "/usr/lib", "/lib"].map { "\($0)/systemd/system/sendfile-gate.socket" }
        guard units.contains(where: { access($0, F_OK) == 0 }) else { return command }
        return
            "systemctl stop sendfile-gate.socket sendfile-gate.service; \(command); systemctl start sendfile-gate.socket"
    }

    /// The text without the kernel's octal numbers for spaces: `\040`.
    private static func plain(_ text: String) -> String {
        guard text.contains("\\") else { return text }
        let pairs = [("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")]
        return pairs.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}
