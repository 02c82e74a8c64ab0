import CLinux
import Glibc

/// A difference between a record of this machine and its state now.
struct MachineChange: Sendable, Equatable {
    /// The line of a report: the file and line, or the path, and the change.
    let text: String
    /// When it was made, in seconds since 1970, as far as the file system tells; 0 if that is unknown.
    let time: Double

    /// The most lines that are shown of one file.
    private static let linesOfFile = 8

    /// The changes, the newest first.
    static func all(since old: MachineRecord, to new: MachineRecord) -> [MachineChange] {
        let paths = Set(old.paths.keys).union(new.paths.keys)
        // Files below the root come and go. Only those that were there count.
        let root = old.watched.root.map { "\($0)/" }
        let changes = paths.sorted().flatMap { path -> [MachineChange] in
            let time = Self.time(of: path)
            return Self.texts(path, old.paths[path], new.paths[path], isDownload: root.map(path.hasPrefix) ?? false)
                .map { MachineChange(text: $0, time: time) }
        }
        return changes.enumerated().sorted { ($1.element.time, $0.offset) < ($0.element.time, $1.offset) }.map(
            \.element)
    }

    private static func texts(
        _ path: String, _ old: RecordedPath?, _ new: RecordedPath?, isDownload: Bool
    ) -> [String] {
        guard let new else {
            // In a large directory, a survey does not reach every entry.
            var status = stat()
            guard !path.hasPrefix("/") || lstat(path, &status) != 0 else { return [] }
            return ["\(path): is gone\(old?.target.map { ", a link to \($0)" } ?? "")"]
        }
        guard let old else {
            if isDownload { return [] }
            if let target = new.target { return ["\(path): a new link to \(target)"] }
            let lines = Self.effective((new.lines ?? []).enumerated().map { ($0.offset + 1, $0.element) })
            return ["\(path): a new \(new.kind.rawValue)"]
                + lines.prefix(Self.linesOfFile).map { "\(path):\($0): \($1)" }
        }
        var texts: [String] = []
        if old.kind != new.kind {
            texts.append(
                "\(path): is a \(new.kind.rawValue)\(new.target.map { " to \($0)" } ?? ""), was a \(old.kind.rawValue)")
        } else if old.target != new.target {
            texts.append("\(path): leads to \(new.target ?? "?"), led to \(old.target ?? "?")")
        }
        if old.kind == new.kind, new.kind != .link, old.mode != new.mode {
            texts.append("\(path): has mode \(Self.octal(new.mode)), had \(Self.octal(old.mode))")
        }
        if (old.user, old.group) != (new.user, new.group) {
            texts.append("\(path): belongs to \(Self.owner(new)), belonged to \(Self.owner(old))")
        }
        // A file system of layers gives a file that is changed another device.
        if new.kind == .directory, old.device != new.device {
            texts.append("\(path): is on another file system: findmnt -T \(path.quotedForShell)")
        }
        if let before = old.lines, let after = new.lines { texts += Self.lines(path, before, after) }
        return texts
    }

    /// The lines that were added and removed. A removed line has the number that it had.
    private static func lines(
        _ path: String, _ old: [RecordedPath.Line], _ new: [RecordedPath.Line]
    ) -> [String] {
        var added: [(Int, RecordedPath.Line)] = []
        var removed: [(Int, RecordedPath.Line)] = []
        for change in new.difference(from: old) {
            switch change {
            case .insert(let offset, let line, _): added.append((offset + 1, line))
            case .remove(let offset, let line, _): removed.append((offset + 1, line))
            }
        }
        let isFile = path.hasPrefix("/")
        func place(_ number: Int) -> String { isFile ? "\(path):\(number)" : path }
        let lines =
            Self.effective(added).map { ($0, 1, "\(place($0)): \($1)   (new)") }
            + Self.effective(removed).map { ($0, 0, "\(place($0)): \($1)   (removed)") }
        return lines.sorted { ($0.0, $0.1) < ($1.0, $1.1) }.prefix(Self.linesOfFile).map(\.2)
    }

    /// The lines with an effect: neither empty nor comments.
    private static func effective(_ lines: [(Int, RecordedPath.Line)]) -> [(Int, String)] {
        let empty = RecordedPath.Line("".utf8, isPublic: true)
        return lines.compactMap { number, line in
            guard let text = line.text else {
                return line == empty ? nil : (number, "a line that is not shown, because it may contain a secret")
            }
            let trimmed = text.drop(while: \.isWhitespace)
            guard let first = trimmed.first, first != "#", first != ";" else { return nil }
            return (number, trimmed.count > 120 ? "\(trimmed.prefix(119))…" : String(trimmed))
        }
    }

    private static func octal(_ mode: UInt32) -> String { String(mode, radix: 8) }

    private static func owner(_ state: RecordedPath) -> String {
        let user = getpwuid(state.user).map { String(cString: $0.pointee.pw_name) } ?? "\(state.user)"
        let group = getgrgid(state.group).map { String(cString: $0.pointee.gr_name) } ?? "\(state.group)"
        return "\(user):\(group)"
    }

    /// When the path, or the nearest directory above it that exists, was changed.
    private static func time(of path: String) -> Double {
        guard path.hasPrefix("/") else { return 0 }
        for place in WatchedPaths.way(to: path) {
            var status = stat()
            if lstat(place, &status) == 0 {
                return Double(status.st_ctim.tv_sec) + Double(status.st_ctim.tv_nsec) / 1e9
            }
        }
        return 0
    }
}
