import Glibc

/// One or two systemd units, as shown in a block of an article.
struct SystemdUnits {
    /// The units' texts by the suffix of their names, such as `socket`.
    let units: [String: String]

    /// The settings that units of this package may use. systemd itself ignores unknown settings.
    private static let known: [String: Set<Substring>] = [
        "Unit": [
            "Description", "Documentation", "After", "Before", "Requires", "Wants", "StartLimitIntervalSec",
            "StartLimitBurst",
        ],
        "Install": ["WantedBy", "Also"],
        "Socket": [
            "ListenStream", "SocketUser", "SocketGroup", "SocketMode", "Backlog", "RemoveOnStop", "Service", "Accept",
        ],
        "Service": [
            "Type", "NotifyAccess", "WatchdogSec", "ExecStart", "ExecReload", "ExecStartPre", "User", "Group",
            "SupplementaryGroups", "DynamicUser",
            "Environment", "EnvironmentFile", "LoadCredential", "Restart", "RestartSec", "RestartPreventExitStatus",
            "TimeoutStopSec", "KillMode", "KillSignal", "LimitNOFILE", "MemoryMax", "TasksMax", "UMask",
            "WorkingDirectory",
            "StandardInput", "StandardOutput", "StandardError", "RuntimeDirectory", "StateDirectory", "CacheDirectory",
            "NoNewPrivileges", "PrivateTmp", "PrivateDevices", "PrivateUsers", "PrivateNetwork", "ProtectSystem",
            "ProtectHome", "ProtectProc", "ProcSubset", "ProtectClock", "ProtectHostname", "ProtectKernelLogs",
            "ProtectKernelModules", "ProtectKernelTunables", "ProtectControlGroups", "RestrictAddressFamilies",
            "RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality", "MemoryDenyWriteExecute",
            "SystemCallArchitectures", "SystemCallFilter", "SystemCallErrorNumber", "CapabilityBoundingSet",
            "AmbientCapabilities", "ReadOnlyPaths", "ReadWritePaths", "InaccessiblePaths", "BindReadOnlyPaths",
            "IPAddressDeny", "IPAddressAllow", "RemoveIPC", "KeyringMode", "UnsetEnvironment",
        ],
    ]

    /// Parses a block strictly: each line is a section, a known setting of that section, or a comment.
    init(_ text: String) throws {
        var units: [String: String] = [:]
        var section = ""
        var unit: (kind: String?, text: String) = (nil, "")
        for line in text.split(separator: "\n") where !line.hasPrefix("#") && !line.hasPrefix(";") {
            if line.hasPrefix("["), line.hasSuffix("]") {
                section = String(line.dropFirst().dropLast())
                guard Self.known[section] != nil else { throw Failure("not a section of a unit: \(line)") }
                let kind = ["Socket": "socket", "Service": "service"][section]
                if let begun = unit.kind, section == "Unit" || kind != nil {
                    units[begun] = unit.text
                    unit = (nil, "")
                }
                unit.kind = kind ?? unit.kind
            } else {
                let name = line.prefix { $0 != "=" }
                guard line.contains("="), Self.known[section]?.contains(name) == true else {
                    throw Failure("[\(section)] has no \(line)")
                }
            }
            unit.text += "\(line)\n"
        }
        guard let kind = unit.kind else { throw Failure("neither a service nor a socket") }
        units[kind] = unit.text
        self.units = units
    }

    /// Verifies the units with systemd, if its tools are installed.
    ///
    /// - Returns: The messages; `nil` if there are none.
    func faults(in directory: String) throws -> String? {
        guard access("/usr/bin/systemd-analyze", X_OK) == 0 else { return nil }
        // A socket needs its service, and units refer to each other.
        let found = self.units.values.compactMap { $0.firstMatch(of: /(\w[\w-]*)\.(?:socket|service)\b/) }
        let name = found.first.map { String($0.output.1) } ?? "example"
        var files = [
            "socket": "[Socket]\nListenStream=/run/example.sock\n", "service": "[Service]\nExecStart=/bin/true\n",
        ]
        files.merge(self.units) { $1 }
        for (kind, text) in files { try Files.write(text, to: "\(directory)/\(name).\(kind)") }
        let paths = files.keys.sorted().map { "\(directory)/\(name).\($0)" }
        let process = try ChildProcess(["systemd-analyze", "verify"] + paths, log: "\(directory)/said")
        let end = try process.waitForEnd(seconds: 60)
        let log = try Files.text(process.log)
        return end == .exited(0) && log.isEmpty ? nil : "\(end) \(log)"
    }
}
