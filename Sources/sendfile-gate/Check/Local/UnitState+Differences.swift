import Glibc
import Subprocess

/// The differences from the unit as its package, or `sendfile-gate init`, made it.
extension UnitState {
    private static let descriptive = ["Description=", "Documentation="]

    /// The lines of the units' files that the ready-made units do not contain, and those that are missing; also in drop-ins.
    var differences: [Difference] {
        let own = self.lines(in: self.files, where: { $0.contains("=") })
        let known = self.readyMade
        let added = own.filter { line in
            (!known.contains(Self.plain(line.name)) || Self.isSecondCommand(line, own))
                && !Self.isDescriptive(line.name)
        }
        let keys = Set(own.map { Self.key($0.name) })
        let present = Set(own.map { Self.plain($0.name) })
        let missing = known.filter { !keys.contains(Self.key($0)) && !present.contains($0) && !Self.isDescriptive($0) }
        // A masked unit has no file of its own.
        let isMasked = self["service", "LoadState"] == "masked"
        let file = self["service", "FragmentPath"].flatMap { $0 == "" || isMasked ? nil : $0 }
        let place = Directive(name: "", words: [], file: file ?? "", line: 1)
        return added.map { line in
            Difference(
                line,
                note: Self.isSecondCommand(line, own)
                    ? "a second command, which systemd refuses: write an empty ExecStart= before it"
                    : "not in the ready-made unit")
        }
            + (file == nil ? [] : missing.sorted()).map {
                Difference(place, $0, note: "missing here: the ready-made unit has it")
            }
    }

    /// The lines of the gate's units, or of the unit in its package's directory.
    private var readyMade: Set<String> {
        let lines =
            self.name == "sendfile-gate"
            ? "\(GateUnits.socket)\n\(GateUnits.service)".split(separator: "\n").map(String.init)
            : ["service", "socket"].flatMap { kind in
                ["/usr/lib/systemd/system", "/lib/systemd/system"].flatMap {
                    PlainLines.read("\($0)/\(self.name).\(kind)").map(\.name)
                }
            }
        return Set(lines.filter { $0.contains("=") && !$0.hasPrefix("#") }.map(Self.plain))
    }

    /// Whether a line adds a command to that of another file of the unit, and does not replace it.
    private static func isSecondCommand(_ line: Directive, _ all: [Directive]) -> Bool {
        let commands = all.filter { $0.name.hasPrefix("ExecStart=") }
        return line.name.hasPrefix("ExecStart=/") && commands.first?.file != line.file
            && !commands.contains { $0.name == "ExecStart=" }
    }

    private static func isDescriptive(_ line: String) -> Bool { Self.descriptive.contains { line.hasPrefix($0) } }

    private static func key(_ line: String) -> Substring { line.prefix { $0 != "=" } }

    /// The line, with the program at its packaged place: init writes the path of the program that ran it.
    private static func plain(_ line: String) -> String {
        guard line.hasPrefix("ExecStart=/"), line.hasSuffix("/sendfile-gate serve") else { return line }
        return "ExecStart=/usr/bin/sendfile-gate serve"
    }

    /// Why systemd does not use a unit as its file says; empty if it does.
    var problems: [String] {
        ["socket", "service"].flatMap { kind -> [String] in
            let unit = "\(self.name).\(kind)"
            var lines: [String] = []
            switch self[kind, "LoadState"] {
            case "masked": lines.append("systemctl unmask \(unit)   (it is masked: systemd does not start it)")
            case "loaded", nil: break
            case let state?:
                lines.append(
                    "systemctl status \(unit)   (systemd cannot use the unit: \(state), \(self[kind, "LoadError"] ?? ""))"
                )
            }
            if self[kind, "ConditionResult"] == "no", self[kind, "ConditionTimestampMonotonic"] ?? "0" != "0" {
                let conditions = UnitFaults.conditions(self, kind).map(\.shown)
                lines += conditions
                if conditions.isEmpty {
                    lines.append("Condition…=   (in \(unit): it is not met, so systemd does not start the unit)")
                }
            }
            if self.name != "sendfile-gate", self[kind, "NeedDaemonReload"] == "yes" {
                lines.append(
                    "systemctl daemon-reload; systemctl restart \(unit)   (its file was changed since systemd read it)")
            }
            return lines
        }
    }

    /// As whom the service runs. A dynamic user owns no file, so only its groups count.
    var account: LocalUser {
        let names =
            [self["service", "Group"] ?? ""]
            + (self["service", "SupplementaryGroups"] ?? "").split(separator: " ")
            .map(String.init)
        let groups = Set(names.compactMap { getgrnam($0)?.pointee.gr_gid })
        let user = (self["service", "User"]).flatMap { LocalUser(named: $0) }
        return LocalUser(
            name: user?.name ?? "the gate's user", id: user?.id ?? uid_t.max - 2,
            groups: groups.union(user?.groups ?? []))
    }

    /// When systemd last started, stopped or reloaded the service, in seconds since 1970; `nil` if it never did.
    var lastChange: Double? {
        guard let text = self["service", "StateChangeTimestampMonotonic"], let microseconds = Double(text),
            microseconds > 0
        else { return nil }
        return ProcessTimes.date(monotonic: microseconds / 1e6)
    }

    /// systemd's messages about the files of units: names of settings that it does not know, values that it cannot read.
    static func verification(of units: [UnitState]) async -> [String] {
        let names = units.map { "\($0.name).service" }
        let files = units.flatMap(\.files)
        let result = try? await run(
            .name("systemd-analyze"), arguments: Arguments(["verify", "--man=no"] + names),
            output: .discarded, error: .string(limit: 65_536))
        let lines = (result?.standardError ?? "").split(separator: "\n").map(String.init)
        return lines.filter { line in
            files.contains { line.contains($0) } || names.contains { line.hasPrefix("\($0): ") }
        }.prefix(4).flatMap { line in
            LogPlaces.find(in: line) + ["systemd-analyze verify: \(line.prefix(300))"]
        }
    }
}
