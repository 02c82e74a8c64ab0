import CLinux
import Glibc

/// The lines of a unit's files that systemd cannot carry out on this machine, or without which the service would not have ended.
struct UnitFaults {
    private let units: UnitState
    private let kind: String

    static func find(_ units: UnitState) -> [Difference] {
        var found: [Difference] = []
        for kind in ["socket", "service"] {
            let faults = UnitFaults(units: units, kind: kind)
            let isUnmet = units[kind, "ConditionResult"] == "no" || units[kind, "AssertResult"] == "no"
            if units.isDown, isUnmet { found += Self.conditions(units, kind) }
            for part in [faults.accounts, faults.files, faults.paths, faults.program, faults.families] { found += part }
        }
        return found + Self.outcomes(units)
    }

    /// The value of a line `Name=value`.
    static func value(of line: Directive) -> String {
        let value = line.name.drop { $0 != "=" }.dropFirst().drop { $0 == " " }
        return String(value.reversed().drop { $0 == " " }.reversed())
    }

    /// The lines that assign a setting, without those that a later empty assignment takes back.
    private func lines(_ name: String) -> [Directive] {
        let all = self.units.lines(in: self.units.files(of: self.kind)) { line in
            line.hasPrefix("\(name)=") || line.hasPrefix("\(name) =")
        }
        let last = all.lastIndex { Self.value(of: $0) == "" }
        return Array(all[(last.map { $0 + 1 } ?? 0)...])
    }

    /// The users and groups that do not exist.
    private var accounts: [Difference] {
        func isNamed(_ word: some StringProtocol) -> Bool { !word.contains("%") && Int(word) == nil && word != "" }
        let users = ["User", "SocketUser"].compactMap { self.lines($0).last }.filter { line in
            isNamed(Self.value(of: line)) && getpwnam(Self.value(of: line)) == nil
        }.map { Difference($0, note: "the user does not exist: getent passwd \(Self.value(of: $0).quotedForShell)") }
        let lines = ["Group", "SocketGroup"].compactMap { self.lines($0).last } + self.lines("SupplementaryGroups")
        let groups = lines.flatMap { line in
            Self.value(of: line).split(separator: " ").filter { isNamed($0) && getgrnam(String($0)) == nil }.map {
                Difference(line, note: "the group does not exist: getent group \(String($0).quotedForShell)")
            }
        }
        // systemd makes a user and a group of these names for a dynamic user.
        let isDynamic = self.units["service", "DynamicUser"] == "yes"
        return (users + groups).filter { fault in
            !isDynamic || !fault.line.name.hasPrefix("User=") && !fault.line.name.hasPrefix("Group=")
                || self.units.refusedSettings.contains { ["User", "Group"].contains($0) }
        }
    }

    /// The files that do not exist, and that the service cannot do without.
    private var files: [Difference] {
        let single = ["WorkingDirectory", "RootDirectory", "RootImage"].compactMap { self.lines($0).last }
        let credentials = ["LoadCredential", "LoadCredentialEncrypted"].flatMap(self.lines)
        return (single + self.lines("EnvironmentFile") + credentials).compactMap { line in
            let value = Self.value(of: line)
            let path = line.name.hasPrefix("LoadCredential") ? value.drop { $0 != ":" }.dropFirst() : value[...]
            return Self.missing(String(path), line)
        }
    }

    /// The paths of the sandbox that do not exist.
    private var paths: [Difference] {
        let names = [
            "ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "ExecPaths", "NoExecPaths", "BindPaths",
            "BindReadOnlyPaths",
        ]
        return names.flatMap(self.lines).flatMap { line in
            Self.value(of: line).split(separator: " ").compactMap { word in
                Self.missing(String(word.prefix { $0 != ":" }), line)
            }
        }
    }

    /// The fault of a line with a path that must exist. A sign before it says that it need not.
    private static func missing(_ path: String, _ line: Directive) -> Difference? {
        let path = path.hasPrefix("+") ? String(path.dropFirst()) : path
        guard path.hasPrefix("/"), !path.contains(where: { "%*?[".contains($0) }), access(path, F_OK) != 0,
            errno == ENOENT || errno == ENOTDIR
        else { return nil }
        return Difference(line, note: "\(path) does not exist")
    }

    /// The line of a program that does not exist, or those that forbid to execute it.
    private var program: [Difference] {
        guard let start = self.lines("ExecStart").last else { return [] }
        let program = String(Self.value(of: start).drop { $0 != "/" }.prefix { $0 != " " })
        if self.units.refusedSettings.contains("ExecStart"), access(program, X_OK) != 0 {
            return [Difference(start, note: "\(program): \(String(cString: strerror(errno)))")]
        }
        // Of two directories, the longer one counts.
        func longest(_ name: String) -> (length: Int, line: Directive)? {
            var best: (length: Int, line: Directive)?
            for line in self.lines(name) {
                for word in Self.value(of: line).split(separator: " ") {
                    let directory = String(word.drop { "-+".contains($0) })
                    let length = directory == "/" ? 0 : directory.utf8.count
                    guard UnitState.contains(directory, program), length >= best?.length ?? 0 else { continue }
                    best = (length, line)
                }
            }
            return best
        }
        guard let refusing = longest("NoExecPaths"), refusing.length >= longest("ExecPaths")?.length ?? -1 else {
            return []
        }
        return [Difference(refusing.line, note: "systemd may not execute \(program): add ExecPaths=\(program)")]
    }

    /// The lines that take the family of Unix sockets from the service, with which it reports to systemd and the log.
    private var families: [Difference] {
        let lines = self.lines("RestrictAddressFamilies")
        guard self.kind == "service", !lines.isEmpty else { return [] }
        let words = lines.flatMap { Self.value(of: $0).split(separator: " ") }
        let isRefused =
            words.first?.hasPrefix("~") == true
            ? words.contains { $0 == "~AF_UNIX" || $0 == "AF_UNIX" } : !words.contains("AF_UNIX")
        guard isRefused else { return [] }
        return lines.reversed().map { Difference($0, note: "the program needs AF_UNIX: add it to this line") }
    }

    /// The settings by whose limit systemd or the kernel ends a service, by systemd's result.
    private static let limits = [
        "oom-kill": ["MemoryMax", "MemoryHigh", "MemoryLimit", "MemorySwapMax"],
        "watchdog": ["WatchdogSec"],
        "timeout": ["TimeoutStartSec", "TimeoutSec", "Type", "NotifyAccess", "RuntimeMaxSec"],
        "protocol": ["Type", "NotifyAccess", "PIDFile"],
        "core-dump": ["SystemCallFilter", "SystemCallArchitectures", "LimitAS", "LimitSTACK", "LimitDATA"],
        "signal": ["SystemCallFilter", "SystemCallArchitectures", "LimitCPU", "LimitAS", "LimitDATA", "MemoryMax"],
        "exec-condition": ["ExecCondition"],
        "resources": ["Slice", "TasksMax", "EnvironmentFile", "PIDFile"],
        "start-limit-hit": ["StartLimitBurst", "StartLimitIntervalSec"],
    ]

    /// The lines that fit the way in which the service ended, the last one first: it replaces the others.
    private static func outcomes(_ units: UnitState) -> [Difference] {
        guard units.isDown else { return [] }
        let names = units.refusedSettings + (units["service", "Result"].flatMap { Self.limits[$0] } ?? [])
        let added = units.addedLines
        return names.flatMap { name in
            units.lines(in: units.files(of: "service")) { $0.hasPrefix("\(name)=") }.reversed().filter { line in
                added.contains { $0.line.place == line.place }
            }
        }.map { Difference($0, note: "\(units.outcome), and this line is not in the ready-made unit") }
    }

    /// The conditions of a unit that are not met, and those that cannot be tested here.
    static func conditions(_ units: UnitState, _ kind: String) -> [Difference] {
        units.lines(in: units.files(of: kind)) { line in
            ["Condition", "Assert"].contains { line.hasPrefix($0) } && line.contains("=")
        }.filter { Self.isMet($0) != true }.map { line in
            Difference(line, note: "is not met, so systemd does not start \(units.name).\(kind)")
        }
    }

    /// Whether a condition is met; `nil` if it is not about a path.
    private static func isMet(_ line: Directive) -> Bool? {
        let name = line.name.prefix { $0 != "=" }
        let value = Self.value(of: line).drop { $0 == "|" }
        let path = String(value.drop { $0 == "!" })
        var status = stat()
        let exists = stat(path, &status) == 0
        let result: Bool
        switch name.drop(while: { $0.isLowercase || $0 == "C" || $0 == "A" }) {
        case "PathExists": result = exists
        case "PathIsDirectory": result = exists && status.st_mode & S_IFMT == S_IFDIR
        case "FileNotEmpty": result = exists && status.st_size > 0
        case "PathExistsGlob": result = !ConfigurationText.files(path, in: "/").isEmpty
        default: return nil
        }
        return result != value.hasPrefix("!")
    }
}
