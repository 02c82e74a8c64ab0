/// The parts of the machine that a unit hides from its service.
extension UnitState {
    /// The setting that hides a path from the service, as systemd has it: `PrivateTmp=yes`; `nil` if none does.
    func hides(_ path: String) -> String? {
        func isBelow(_ directories: [String]) -> Bool {
            directories.contains { path == $0 || path.hasPrefix("\($0)/") }
        }
        func value(_ name: String) -> String { self["service", name] ?? "" }
        let isPrivate = ["yes", "disconnected", "connected"].contains(value("PrivateTmp"))
        if isPrivate, isBelow(["/tmp", "/var/tmp"]) { return "PrivateTmp=\(value("PrivateTmp"))" }
        if ["yes", "tmpfs"].contains(value("ProtectHome")), isBelow(["/home", "/root", "/run/user"]) {
            return "ProtectHome=\(value("ProtectHome"))"
        }
        for name in ["InaccessiblePaths", "TemporaryFileSystem"] {
            let hidden = value(name).split(separator: " ").map { word in
                String(word.drop { "-+".contains($0) }.prefix { $0 != ":" })
            }
            if isBelow(hidden) { return "\(name)=\(value(name))" }
        }
        let root = value("RootDirectory")
        return root == "" || root == "/" ? nil : "RootDirectory=\(root)"
    }

    /// The lines of the unit's files with that setting, or the setting itself.
    func hidingLines(_ path: String) -> [String] {
        guard let setting = self.hides(path) else { return [] }
        let name = setting.prefix { $0 != "=" }
        let lines = self.lines(in: self.files) { $0.hasPrefix("\(name)=") }
        let note = "   (hides \(path) from \(self.name).service)"
        return lines.isEmpty ? [setting + note] : lines.map { "\($0.place): \($0.name)\(note)" }
    }
}
