extension Diagnosis {
    /// The remedy that this machine's units, processes and files suggest.
    func localRemedy(_ facts: Facts) -> [String]? {
        switch self {
        case .programFailed where facts.hidesRoot:
            return ["The directory exists on this machine, and the unit hides it from the gate:"]
                + (facts.units?.hidingLines(facts.target.shownRoot) ?? [])
                + (facts.trail.serverUnits?.hidingLines(facts.target.shownRoot) ?? [])
                + Trail.deviations(of: facts.units) + [
                    Self.sandboxSetting(facts.target.shownRoot)
                        + "   (in sendfile-gate.service; then systemctl daemon-reload; \(facts.units?.start ?? "restart it"))"
                ]
        case .programFailed where facts.wordsAreOutdated: return facts.units.map { [$0.start] }
        case .programFailed where facts.programWords != nil:
            let setting = facts.programWords.flatMap(Self.setting) ?? "the setting"
            guard facts.whole.status != 500 || facts.errorLog.contains(where: { $0.contains(setting) }) else {
                return ["Correct \(setting), then reload \(facts.server.title)"]
            }
            let start = facts.units.map { ", then: \($0.start)" } ?? ", then restart \(facts.server.title)"
            return ["Correct \(setting)\(start)"]
        case .notStarted:
            guard let units = facts.units else { return nil }
            return ["systemctl daemon-reload; \(units.start)   (after the change)"]
        case .socketMissing, .programNotRunning:
            guard let units = facts.units else { return nil }
            let problems = units.problems
            let start =
                problems.isEmpty ? [units.start] : problems + Trail.deviations(of: units) + [Self.restart(units)]
            return start + Self.reach(facts.server)
        case .closedToProgram:
            guard let access = facts.programAccess else { return nil }
            return access.obstacles.map { $0.remedyForProgram(facts.target.gate != nil) }
        case .hiddenFromProgram, .hiddenFromServer:
            let unit =
                self == .hiddenFromProgram
                ? "sendfile-gate.service" : "\(facts.configuration?.service ?? "the web server").service"
            let hidden = self.view(facts)?.hidden ?? facts.target.shownRoot
            return [
                Self.sandboxSetting(hidden) + "   (in \(unit): systemctl edit \(unit); then systemctl restart \(unit))",
                "systemctl cat \(unit)   (ProtectHome=, PrivateTmp=, InaccessiblePaths=, TemporaryFileSystem=, RootDirectory=, BindPaths=)",
            ]
        case .otherRoot:
            return ["SENDFILE_ROOT=\(facts.target.shownRoot)   (for the gate, or the other directory here)"]
        default: return nil
        }
    }

    /// The command after a change of units that systemd cannot use.
    static func restart(_ units: UnitState) -> String {
        "systemctl daemon-reload; systemctl restart \(units.name).socket \(units.name).service   (after the change)"
    }

    /// The lines of a web server that start this program without a command.
    static func withoutCommand(_ facts: Facts) -> [Directive] {
        (facts.route?.directives ?? []).filter { line in
            let text = line.wholeText
            switch line.name.lowercased() {
            case "fcgidwrapper": return line.words.first?.hasSuffix("/sendfile-gate") == true
            case "fastcgi.server": return text.contains("\"bin-path\"") && text.contains("/sendfile-gate\"")
            default: return false
            }
        }
    }

    /// The parts of the file that the process of this diagnosis does not see.
    func view(_ facts: Facts) -> ProcessView? {
        self == .hiddenFromServer ? facts.serverView : facts.programView
    }

    /// The setting of a unit that probably hides a path.
    private static func sandboxSetting(_ path: String) -> String {
        for home in ["/home", "/root", "/run/user"] where path == home || path.hasPrefix("\(home)/") {
            return "ProtectHome=read-only"
        }
        for temporary in ["/tmp", "/var/tmp"] where path == temporary || path.hasPrefix("\(temporary)/") {
            return "PrivateTmp=no, or files elsewhere"
        }
        return "BindReadOnlyPaths=\(path)"
    }

    /// The web server's own reason, from its log.
    func logged(_ facts: Facts) -> String {
        switch self {
        case .gateNotReached, .notStarted, .programUnreachable, .programNotRunning, .socketMissing, .socketClosed,
            .programFailed,
            .programSlow, .internalMissing, .forbiddenByServer, .notFoundByServer, .methodRefused, .rateLimited,
            .otherStatus:
            guard let line = facts.logged else { return "" }
            return " The error log says: \(line.prefix(400))"
        default: return ""
        }
    }
}

extension FileAccess.Obstacle {
    /// The change that lets a program of systemd read or enter this. Its dynamic user has no name for an access control list.
    func remedyForProgram(_ isGate: Bool) -> String {
        let permission: AccessControlList.Permissions = self.isDirectory ? .execute : .read
        let letter = self.isDirectory ? "x" : "r"
        let unit = isGate ? "sendfile-gate.service" : "sendfile.service"
        if let group = AccessControlList(of: self.path)?.group(with: permission) {
            return
                "SupplementaryGroups=\(group)   (in \(unit): the group of \(self.path) has access; then systemctl daemon-reload, systemctl restart \(unit))"
        }
        return "chmod o+\(letter) \(self.path.quotedForShell)   (or setfacl for the user of \(unit))"
    }
}
