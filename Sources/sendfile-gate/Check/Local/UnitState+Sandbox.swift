/// The parts of the machine that a unit hides from its service.
extension UnitState {
    /// The setting that hides a path from the service, as systemd has it: `PrivateTmp=yes`; `nil` if none does.
    ///
    /// - Parameter isWritten: Whether the service writes the file, so that a setting that makes it read-only counts, too.
    func hides(_ path: String, isWritten: Bool = false) -> String? {
        func value(_ name: String) -> String { self["service", name] ?? "" }
        func isBelow(_ directories: [String]) -> Bool { directories.contains { Self.contains($0, path) } }
        let isPrivate = ["yes", "disconnected", "connected"].contains(value("PrivateTmp"))
        if isPrivate, isBelow(["/tmp", "/var/tmp"]) { return "PrivateTmp=\(value("PrivateTmp"))" }
        if ["yes", "tmpfs"].contains(value("ProtectHome")), isBelow(Self.homes) {
            return "ProtectHome=\(value("ProtectHome"))"
        }
        for name in ["InaccessiblePaths", "TemporaryFileSystem", "BindPaths", "BindReadOnlyPaths"]
        where Self.covers(value(name), name, path) { return "\(name)=\(value(name))" }
        let root = value("RootDirectory")
        if root != "", root != "/" { return "RootDirectory=\(root)" }
        return isWritten ? self.makesReadOnly(path) : nil
    }

    private static let homes = ["/home", "/root", "/run/user"]

    /// Whether a program's message is about a file that it writes.
    static func isAboutWriting(_ words: String) -> Bool { words.contains("Read-only file system") }

    private func makesReadOnly(_ path: String) -> String? {
        func value(_ name: String) -> String { self["service", name] ?? "" }
        if Self.covers(value("ReadOnlyPaths"), "ReadOnlyPaths", path) {
            return "ReadOnlyPaths=\(value("ReadOnlyPaths"))"
        }
        guard !Self.covers(value("ReadWritePaths"), "ReadWritePaths", path) else { return nil }
        if value("ProtectHome") == "read-only", Self.homes.contains(where: { Self.contains($0, path) }) {
            return "ProtectHome=read-only"
        }
        let system =
            switch value("ProtectSystem") {
            case "strict": ["/"]
            case "full": ["/usr", "/boot", "/efi", "/etc"]
            case "yes": ["/usr", "/boot", "/efi"]
            default: [String]()
            }
        return system.contains { Self.contains($0, path) } ? "ProtectSystem=\(value("ProtectSystem"))" : nil
    }

    /// Whether a directory is, or contains, a path.
    static func contains(_ directory: String, _ path: String) -> Bool {
        directory == "/" || path == directory || path.hasPrefix("\(directory)/")
    }

    /// Whether the value of a setting with paths names one, or a directory above it.
    static func covers(_ value: String, _ name: String, _ path: String) -> Bool {
        value.split(separator: " ").contains { word in
            let parts = word.drop { "-+".contains($0) }.split(separator: ":").map(String.init)
            guard name.hasPrefix("Bind") else { return parts.first.map { Self.contains($0, path) } ?? false }
            // The same directory at its own place hides nothing.
            guard parts.count > 1, parts[0] != parts[1] else { return false }
            return Self.contains(parts[1], path)
        }
    }

    /// The lines of the unit's files with that setting, or the setting itself.
    func hidingLines(_ path: String, isWritten: Bool = false) -> [String] {
        guard let setting = self.hides(path, isWritten: isWritten) else { return [] }
        let name = String(setting.prefix { $0 != "=" })
        let verb = self.hides(path) == nil ? "makes \(path) read-only for" : "hides \(path) from"
        let note = "   (\(verb) \(self.name).service)"
        let all = self.lines(in: self.files) { $0.hasPrefix("\(name)=") }
        let covering = all.filter { Self.covers(UnitFaults.value(of: $0), name, path) }
        // A later line may replace an earlier one.
        let lines = (covering.isEmpty ? all : covering).reversed()
        return lines.isEmpty ? [setting + note] : lines.map { "\($0.place): \($0.name)\(note)" }
    }
}

extension Facts {
    /// A path in the program's message that exists on this machine, and that the unit hides from the program.
    var hiddenPath: String? {
        guard let words = self.programWords, let units = self.units, let start = words.firstRange(of: "\"/") else {
            return nil
        }
        let path = "/" + words[start.upperBound...].prefix { $0 != "\"" }
        let isWritten = UnitState.isAboutWriting(words)
        // A log that the program cannot create does not exist.
        guard isWritten || CheckedFile.resolved(path) != nil else { return nil }
        return units.hides(path, isWritten: isWritten) == nil ? nil : path
    }
}
