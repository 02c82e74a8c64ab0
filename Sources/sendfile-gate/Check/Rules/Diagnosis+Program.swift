extension Diagnosis {
    /// The remedy that this machine's units, processes and files suggest.
    func localRemedy(_ facts: Facts) -> [String]? {
        switch self {
        case .programFailed where facts.hidesRoot || facts.hiddenPath != nil:
            let path = facts.hiddenPath ?? facts.target.shownRoot
            let isWritten = facts.programWords.map(UnitState.isAboutWriting) ?? false
            let places = [path] + [CheckedFile.resolved(path)].compactMap { $0 }
            let hiding = [facts.units, facts.trail.serverUnits].compactMap { $0 }.flatMap { units in
                places.flatMap { units.hidingLines($0, isWritten: isWritten) }
            }
            let suspects = (facts.units?.suspects ?? []) + (facts.trail.serverUnits?.suspects ?? [])
            // A line of a drop-in can be taken back; beside one of the ready-made unit, another is needed.
            let isAdded = hiding.contains { line in suspects.contains { Self.place(of: $0) == Self.place(of: line) } }
            let setting =
                Self.sandboxSetting(path, isWritten) + "   (in sendfile-gate.service, to give the gate this path)"
            return Self.once((isAdded ? [] : [setting]) + hiding + suspects) + Self.start(facts.units)
        case .programFailed where facts.wordsAreOutdated: return facts.units.map { [$0.start] }
        case .programFailed where facts.programWords != nil:
            guard let setting = facts.programWords.flatMap(Self.setting) else {
                return (facts.units?.suspects ?? []) + Self.start(facts.units)
            }
            guard facts.whole.status != 500 || facts.errorLog.contains(where: { $0.contains(setting) }) else {
                return ["Correct \(setting), then reload \(facts.server.title)"]
            }
            let start = facts.units.map { ", then: \($0.start)" } ?? ", then restart \(facts.server.title)"
            return (facts.units?.sandboxSuspects ?? []) + ["Correct \(setting)\(start)"]
        case .notStarted:
            guard let units = facts.units else { return nil }
            return units.suspects + Self.start(units)
        case .socketMissing, .programNotRunning:
            guard let units = facts.units else { return nil }
            let problems = (units.isDown ? units.suspects : []) + units.problems
            let start = problems.isEmpty ? [units.start] : problems + Trail.deviations(of: units) + Self.start(units)
            return Self.once(start) + Self.reach(facts.server)
        case .closedToProgram:
            guard let access = facts.programAccess else { return nil }
            return access.obstacles.map { $0.remedyForProgram(facts.target.gate != nil) }
        case .hiddenFromProgram, .hiddenFromServer:
            let unit =
                self == .hiddenFromProgram
                ? "sendfile-gate.service" : "\(facts.configuration?.service ?? "the web server").service"
            let hidden = self.view(facts)?.hidden ?? facts.target.shownRoot
            let units = self == .hiddenFromProgram ? facts.units : facts.trail.serverUnits
            return (units?.hidingLines(facts.target.file.path) ?? []) + [
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

    /// The command after a change of the unit's files.
    private static func start(_ units: UnitState?) -> [String] {
        guard let units else { return [] }
        guard units.isDown else { return [Self.restart(units)] }
        let reset = "systemctl reset-failed \(units.name).socket \(units.name).service"
        return [
            "systemctl daemon-reload; \(reset); systemctl stop \(units.name).service; systemctl restart \(units.name).socket\(Self.afterChange)"
        ]
    }

    /// The lines, each place or command once.
    private static func once(_ lines: [String]) -> [String] {
        var seen: Set<Substring> = []
        return lines.filter { seen.insert(Self.place(of: $0)).inserted }
    }

    private static func place(of line: String) -> Substring {
        Self.namesPlace(line) ? line.prefix { $0 != " " } : line[...]
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

    /// The lines that keep a web server from connecting at all, if its log says so; `nil` if it does not.
    static func preventing(_ facts: Facts) -> [(line: Directive, note: String)]? {
        // The remedy is the module, and the lines are right.
        if facts.lacksProtocol { return [] }
        // EAFNOSUPPORT of socket(2).
        guard facts.errorLog.contains(where: { $0.contains("(97: ") || $0.contains("(97)") }),
            let units = facts.trail.serverUnits
        else { return nil }
        let lines = units.lines(in: units.files) { $0.hasPrefix("RestrictAddressFamilies=") }
        return lines.isEmpty ? nil : lines.map { ($0, "forbids AF_UNIX, the address family of the gate's socket") }
    }

    /// The parts of the file that the process of this diagnosis does not see.
    func view(_ facts: Facts) -> ProcessView? {
        self == .hiddenFromServer ? facts.serverView : facts.programView
    }

    /// The setting of a unit that probably hides a path.
    private static func sandboxSetting(_ visible: String, _ isWritten: Bool = false) -> String {
        // The directory may be a symbolic link into a hidden one.
        let path = CheckedFile.resolved(visible) ?? visible
        // The file may not exist yet, and systemd refuses a path that does not.
        guard !isWritten else { return "ReadWritePaths=\(WatchedPaths.way(to: path).dropFirst().first ?? path)" }
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
