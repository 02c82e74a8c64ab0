import Glibc
import SendfileBasics

/// The record as a file: a line for each value, its fields separated by spaces and percent-encoded.
extension MachineRecord {
    private static let head = "sendfile-gate-record 1"

    var text: String {
        func field(_ text: String) -> String {
            PercentEncoding.text(text.utf8, keeping: PercentEncoding.pathCharacters)
        }
        var lines = ["\(Self.head) \(self.time)"]
        lines += self.watched.texts.map { "text \(field($0))" }
        lines += self.watched.places.map { "place \(field($0))" }
        if let root = self.watched.root { lines.append("root \(field(root))") }
        for (path, state) in self.paths.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "path \(field(path)) \(state.kind.rawValue) \(state.mode) \(state.user) \(state.group) \(state.device)")
            if let target = state.target { lines.append("target \(field(target))") }
            guard let content = state.lines else { continue }
            lines.append("content")
            lines += content.map { line in line.text.map { "line \(line.digest) \(field($0))" } ?? "line \(line.digest)"
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// - Returns: `nil` if the text is not a record.
    init?(_ text: String) {
        func value(_ field: Substring) -> String { String(decoding: PercentEncoding.decode(field.utf8), as: UTF8.self) }
        var lines = text.split(separator: "\n")[...]
        guard let first = lines.popFirst(), first.hasPrefix("\(Self.head) "),
            let time = Int(first.dropFirst(Self.head.count + 1))
        else { return nil }
        var watched = WatchedPaths(texts: [], places: [])
        var paths: [String: RecordedPath] = [:]
        var path = ""
        for line in lines {
            let fields = line.split(separator: " ", omittingEmptySubsequences: false)
            switch (fields[0], fields.count) {
            case ("text", 2): watched.texts.append(value(fields[1]))
            case ("place", 2): watched.places.append(value(fields[1]))
            case ("root", 2): watched.root = value(fields[1])
            case ("path", 7):
                guard let kind = RecordedPath.Kind(rawValue: String(fields[2])), let mode = UInt32(fields[3]),
                    let user = UInt32(fields[4]), let group = UInt32(fields[5]), let device = UInt64(fields[6])
                else { return nil }
                path = value(fields[1])
                paths[path] = RecordedPath(kind: kind, mode: mode, user: user, group: group, device: device)
            case ("target", 2): paths[path]?.target = value(fields[1])
            case ("content", 1): paths[path]?.lines = []
            case ("line", 2): paths[path]?.lines?.append(.init(digest: String(fields[1]), text: nil))
            case ("line", 3): paths[path]?.lines?.append(.init(digest: String(fields[1]), text: value(fields[2])))
            default: return nil
            }
        }
        self.init(time: time, watched: watched, paths: paths)
    }

    /// The record of the last check without a fault; `nil` without one, or if this process cannot read it.
    static func last() -> MachineRecord? {
        guard let bytes = try? RecordFile.read(Self.file) else { return nil }
        return MachineRecord(String(decoding: bytes, as: UTF8.self))
    }

    /// Keeps the record, if this process is root's. A record that cannot be written is not a fault of the download.
    func keep() {
        guard geteuid() == 0 else { return }
        try? RecordFile.write(self.text, to: Self.file)
    }
}
