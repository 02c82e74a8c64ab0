import Subprocess

/// The state of the program's systemd units.
struct UnitState: Sendable {
    /// Unit, then property, then value.
    private let properties: [String: [String: String]]
    private let name: String

    /// Asks systemd.
    ///
    /// - Parameter name: The name of the units, without `.service`.
    /// - Returns: `nil` without systemd, or without such units.
    init?(_ name: String) async {
        let properties = [
            "Id", "LoadState", "ActiveState", "ExecMainStatus", "UnitFileState", "StatusText", "FragmentPath",
            "DropInPaths", "NeedDaemonReload", "EnvironmentFiles", "Result",
        ]
        let result = try? await run(
            .name("systemctl"),
            arguments: [
                "show", "--property=\(properties.joined(separator: ","))", "\(name).socket", "\(name).service",
            ],
            output: .string(limit: 65_536), error: .discarded)
        guard let text = result?.standardOutput else { return nil }
        self.init(name, text)
    }

    /// - Parameter text: The output of `systemctl show`: lines `property=value`, and an empty line between units.
    init?(_ name: String, _ text: String) {
        var units: [String: [String: String]] = [:]
        var unit: [String: String] = [:]
        for line in "\(text)\n".split(separator: "\n", omittingEmptySubsequences: false) {
            if let sign = line.firstIndex(of: "=") {
                unit[String(line[..<sign])] = String(line[line.index(after: sign)...])
            } else if let id = unit["Id"] {
                if unit["LoadState"] == "loaded" { units[id] = unit }
                unit = [:]
            }
        }
        guard !units.isEmpty else { return nil }
        self.properties = units
        self.name = name
    }

    private subscript(_ kind: String, _ property: String) -> String? {
        self.properties["\(self.name).\(kind)"]?[property]
    }

    /// The reason why the service failed, in the program's own words; `nil` if it did not fail.
    var failure: String? {
        guard self["service", "ActiveState"] == "failed", let text = self["service", "StatusText"], text != "" else {
            return nil
        }
        return text
    }

    /// Whether the service starts or stops right now.
    var isChanging: Bool { ["activating", "deactivating"].contains(self["service", "ActiveState"]) }

    /// The setting of the unit because of which systemd did not start the program; `nil` if systemd started it.
    var refusedSetting: String? {
        // systemd.exec(5), "Process Exit Codes".
        let settings = [
            "200": "WorkingDirectory=", "203": "ExecStart=", "216": "Group=", "217": "User=", "226": "Paths=",
            "233": "RuntimeDirectory=", "238": "StateDirectory=", "243": "LoadCredential=",
        ]
        return self.hasFailed ? self["service", "ExecMainStatus"].flatMap { settings[$0] } : nil
    }

    /// Whether the service has failed, or cannot start because it failed too often.
    var hasFailed: Bool { self["service", "ActiveState"] == "failed" || self["socket", "ActiveState"] == "failed" }

    /// Whether the socket unit exists and does not listen.
    var socketIsInactive: Bool { self["socket", "ActiveState"] == "inactive" }

    /// The unit's files: the unit itself and the additions by `systemctl edit`.
    var files: [String] {
        var files: [String] = []
        for kind in ["socket", "service"] {
            if let file = self[kind, "FragmentPath"], file != "" { files.append(file) }
            files += (self[kind, "DropInPaths"] ?? "").split(separator: " ").map { String($0) }
        }
        return files
    }

    /// Whether a unit's file was changed since systemd read it.
    var isOlderThanFiles: Bool {
        ["socket", "service"].contains { self[$0, "NeedDaemonReload"] == "yes" }
    }

    /// The files of settings that the service names.
    var environmentFiles: [String] {
        // "/etc/default/gate (ignore_errors=no)"
        (self["service", "EnvironmentFiles"] ?? "").split(separator: " ").map(String.init).filter { $0.hasPrefix("/") }
    }

    /// Whether the units are those of a socket and a service, and the socket listens.
    var socketListens: Bool { self["socket", "ActiveState"] == "active" }

    /// The lines of the units' files that the ready-made units do not contain: also those of drop-ins.
    var deviations: [Directive] {
        let known = Set("\(GateUnits.socket)\n\(GateUnits.service)".split(separator: "\n").map(String.init))
        return self.lines { line in
            line.contains("=") && !known.contains(line)
                && !["Description=", "Documentation="].contains { line.hasPrefix($0) }
        }
    }

    /// The command that starts what does not run.
    var start: String {
        if self.hasFailed {
            return
                "systemctl reset-failed \(self.name).socket \(self.name).service; systemctl restart \(self.name).socket"
        }
        return "systemctl enable --now \(self.name).socket"
    }

    /// The lines of the unit's files, and of its files of settings, that contain a text.
    func lines(containing text: String) -> [Directive] {
        self.lines(in: self.files + self.environmentFiles) { $0.contains(text) }
    }

    private func lines(where condition: (String) -> Bool) -> [Directive] {
        self.lines(in: self.files, where: condition)
    }

    private func lines(in files: [String], where condition: (String) -> Bool) -> [Directive] {
        files.flatMap { PlainLines.read($0).filter { condition($0.name) } }
    }
}

/// The lines of a file of settings.
enum PlainLines {
    /// The lines that are neither empty nor comments, as directives without words.
    static func read(_ file: String) -> [Directive] {
        guard var content = ConfigurationText(of: file) else { return [] }
        var lines: [Directive] = []
        while content.next != nil {
            let number = content.line
            let line = content.take { $0 != UInt8(ascii: "\n") }
            _ = content.take()
            if !line.isEmpty, !line.hasPrefix("#"), !line.hasPrefix(";") {
                lines.append(Directive(name: line, words: [], file: file, line: number))
            }
        }
        return lines
    }
}
