/// A settings file with further settings.
struct SettingsEdit {
    /// The new content.
    let text: String
    /// The lines that are new; empty if the file contains all settings already.
    let lines: [String]

    /// Adds settings. A comment `#NAME=` becomes the setting, as the Debian package's file invites to.
    ///
    /// - Parameters:
    ///   - text: The content of the file.
    ///   - path: The path of the file, for messages.
    ///   - values: The settings. A path may have slashes at its end in the file.
    ///   - made: The web server's file of an earlier setup, for messages.
    init(
        _ text: String, path: String, setting values: [(name: String, value: String)], made: String? = nil
    ) throws(SetupRefusal) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        var added: [String] = []
        if let index = lines.firstIndex(where: { Self.value(of: "SENDFILE_LINK_SECRET", in: $0) ?? "" != "" }) {
            throw .conflict(
                "\(path), line \(index + 1) contains the secret of a gate; move it to \(GatePaths.secret), and remove the line"
            )
        }
        var others: [String] = []
        for (name, value) in values {
            if let index = lines.firstIndex(where: { Self.value(of: name, in: $0) != nil }) {
                let old = Self.value(of: name, in: lines[index]) ?? ""
                if Self.trimmed(old) != Self.trimmed(value) {
                    others.append(
                        "line \(index + 1) sets \(name) to \(old.debugDescription), not to \(value.debugDescription)")
                }
                continue
            }
            let line = "\(name)=\(value)"
            added.append(line)
            if let index = lines.firstIndex(of: "#\(name)=") { lines[index] = line } else { lines.append(line) }
        }
        guard others.isEmpty else {
            let (them, these) = others.count == 1 ? ("the line", "this value") : ("the lines", "these values")
            throw .conflict(
                "\(path), \(others.joined(separator: ", and ")); init changes no setting: use \(these), or remove \(them)"
                    + (made.map { " and \($0)" } ?? "") + ", and repeat the command")
        }
        self.lines = added
        self.text = lines.map { "\($0)\n" }.joined()
    }

    private static func value(of name: String, in line: String) -> String? {
        let line = Array(line.utf8)[...].trimmed
        guard let equals = line.firstIndex(of: UInt8(ascii: "=")),
            String(decoding: line[..<equals].trimmed, as: UTF8.self) == name
        else { return nil }
        return String(decoding: line[(equals + 1)...].trimmed.unquoted, as: UTF8.self)
    }

    private static func trimmed(_ path: String) -> String {
        var path = path
        while path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
