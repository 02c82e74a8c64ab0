import Glibc
import Subprocess

/// The state of the program's systemd units.
struct UnitState: Sendable {
    /// Unit, then property, then value.
    private let properties: [String: [String: String]]
    let name: String

    /// Asks systemd.
    ///
    /// - Parameter name: The name of the units, without `.service`.
    /// - Returns: `nil` without systemd, or without such units. A unit that systemd cannot load counts, one that does not exist
    ///   does not.
    init?(_ name: String) async {
        let properties = [
            "Id", "LoadState", "ActiveState", "ExecMainStatus", "UnitFileState", "StatusText", "FragmentPath",
            "DropInPaths", "NeedDaemonReload", "EnvironmentFiles", "Result", "LoadError", "User", "Group",
            "SupplementaryGroups", "ConditionResult", "ConditionTimestampMonotonic", "StateChangeTimestampMonotonic",
            "Listen", "PrivateTmp", "ProtectHome", "InaccessiblePaths", "TemporaryFileSystem", "RootDirectory",
            "ProtectSystem", "ReadOnlyPaths", "ReadWritePaths", "BindPaths", "BindReadOnlyPaths", "DynamicUser",
            "RestrictAddressFamilies", "SubState", "AssertResult",
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
                let (name, value) = (String(line[..<sign]), String(line[line.index(after: sign)...]))
                // A socket has a line for each address.
                unit[name] = name == "Listen" ? unit[name].map { "\($0) \(value)" } ?? value : value
            } else if let id = unit["Id"] {
                if unit["LoadState"] != "not-found" { units[id] = unit }
                unit = [:]
            }
        }
        guard !units.isEmpty else { return nil }
        self.properties = units
        self.name = name
    }

    subscript(_ kind: String, _ property: String) -> String? {
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

    /// Whether the service has failed, or cannot start because it failed too often.
    var hasFailed: Bool { self["service", "ActiveState"] == "failed" || self["socket", "ActiveState"] == "failed" }

    /// Whether the socket unit exists and does not listen.
    var socketIsInactive: Bool { self["socket", "ActiveState"] == "inactive" }

    /// The unit's files: the unit itself and the additions by `systemctl edit`.
    var files: [String] {
        var files: [String] = []
        for kind in ["socket", "service"] { files += self.files(of: kind) }
        return files
    }

    /// The files of the socket or of the service, in the order in which systemd reads them.
    func files(of kind: String) -> [String] {
        let file = self[kind, "FragmentPath"].flatMap { $0 == "" ? nil : [$0] } ?? []
        return file + (self[kind, "DropInPaths"] ?? "").split(separator: " ").map { String($0) }
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

    /// The Unix sockets of the socket unit.
    var sockets: [String] {
        // "/run/gate.sock (Stream)"
        (self["socket", "Listen"] ?? "").split(separator: " ").map(String.init).filter { $0.hasPrefix("/") }
    }

    /// The command that starts what does not run.
    var start: String {
        if self.hasFailed {
            return
                "systemctl reset-failed \(self.name).socket \(self.name).service; systemctl restart \(self.name).socket"
        }
        if self.socketListens, let socket = self.sockets.first(where: { access($0, F_OK) != 0 }) {
            return
                "systemctl stop \(self.name).service; systemctl restart \(self.name).socket   (systemd listens, but \(socket) was removed)"
        }
        return "systemctl enable --now \(self.name).socket"
    }

    /// The lines of the unit's files, and of its files of settings, that contain a text.
    func lines(containing text: String) -> [Directive] {
        self.lines(in: self.files + self.environmentFiles) { $0.contains(text) }
    }

    func lines(in files: [String], where condition: (String) -> Bool) -> [Directive] {
        files.flatMap { PlainLines.read($0).filter { condition($0.name) } }
    }
}
