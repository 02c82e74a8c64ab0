/// Why systemd does not start a service, or has ended it.
extension UnitState {
    /// The settings that systemd could not carry out, by the exit status of the process that should have become the program:
    /// systemd.exec(5), "Process Exit Codes".
    private static let settings = [
        "200": ["WorkingDirectory"], "201": ["Nice"], "202": ["LimitNOFILE"],
        "203": ["ExecStart", "NoExecPaths", "SystemCallFilter", "SystemCallArchitectures", "RootDirectory"],
        "204": ["MemoryMax", "LimitAS", "LimitDATA"],
        "205": [
            "LimitNOFILE", "LimitNPROC", "LimitMEMLOCK", "LimitAS", "LimitCORE", "LimitFSIZE", "LimitDATA",
            "LimitSTACK", "LimitCPU", "LimitRTPRIO", "LimitNICE",
        ],
        "206": ["OOMScoreAdjust"], "207": ["IgnoreSIGPIPE"], "208": ["StandardInput", "TTYPath"],
        "209": ["StandardOutput", "LogNamespace"], "210": ["RootDirectory", "RootImage"],
        "211": ["IOSchedulingClass", "IOSchedulingPriority"], "212": ["TimerSlackNSec"], "213": ["SecureBits"],
        "214": ["CPUSchedulingPolicy", "CPUSchedulingPriority"], "215": ["CPUAffinity"],
        "216": ["Group", "SupplementaryGroups", "User"], "217": ["User", "DynamicUser", "Group"],
        "218": ["CapabilityBoundingSet", "AmbientCapabilities"], "219": ["Slice", "Delegate"], "220": ["TTYPath"],
        "222": ["StandardError"], "224": ["PAMName"],
        "225": ["PrivateNetwork", "NetworkNamespacePath", "JoinsNamespaceOf"],
        "226": [
            "ReadWritePaths", "ReadOnlyPaths", "InaccessiblePaths", "BindPaths", "BindReadOnlyPaths", "ExecPaths",
            "NoExecPaths", "TemporaryFileSystem", "RootDirectory", "RootImage", "PrivateTmp", "PrivateDevices",
            "PrivateMounts", "ProtectSystem", "ProtectHome", "ProtectProc", "MountImages", "LogsDirectory",
        ],
        "227": ["NoNewPrivileges"], "228": ["SystemCallFilter", "SystemCallErrorNumber", "SystemCallArchitectures"],
        "229": ["SELinuxContext"], "230": ["Personality"], "231": ["AppArmorProfile"],
        "232": ["RestrictAddressFamilies"], "233": ["RuntimeDirectory", "RuntimeDirectoryMode"],
        "235": ["User", "Group"], "236": ["SmackProcessLabel"], "237": ["KeyringMode"],
        "238": ["StateDirectory", "StateDirectoryMode"], "239": ["CacheDirectory"],
        "240": ["LogsDirectory", "LogsDirectoryMode"], "241": ["ConfigurationDirectory"], "242": ["NUMAPolicy"],
        "243": ["LoadCredential", "LoadCredentialEncrypted", "SetCredential", "ImportCredential"],
        "245": ["RestrictFileSystems"],
    ]

    /// The names of the settings because of which systemd probably did not start the program; empty if systemd started it.
    var refusedSettings: [String] {
        guard self.hasFailed || self.isRestarting else { return [] }
        return self["service", "ExecMainStatus"].flatMap { Self.settings[$0] } ?? []
    }

    /// The setting of the unit because of which systemd did not start the program; `nil` if systemd started it.
    var refusedSetting: String? {
        self.refusedSettings.first.map { $0.hasSuffix("Paths") ? "Paths=" : "\($0)=" }
    }

    /// Whether the service failed, and systemd waits before it starts it again.
    var isRestarting: Bool { self["service", "SubState"]?.hasPrefix("auto-restart") ?? false }

    /// Whether the service or its socket failed, or the service does not become active.
    var isDown: Bool {
        let failed = (self["service", "Result"] ?? "success") != "success"
        return self.hasFailed || self.isRestarting || self["service", "ActiveState"] == "activating"
            || failed && self["service", "ActiveState"] != "active"
            || (self["socket", "Result"] ?? "success") != "success" && self["socket", "ActiveState"] != "active"
    }

    /// The way in which the service ended, in a few words.
    var outcome: String {
        if let result = self["service", "Result"], result != "success" {
            return "systemd could not start \(self.name).service, or ended it: \(result)"
        }
        if let result = self["socket", "Result"], result != "success" {
            return "\(self.name).socket failed: \(result)"
        }
        return "\(self.name).service does not become active"
    }

    /// The lines of the unit's files that the ready-made unit does not have.
    var addedLines: [Difference] { self.differences.filter { $0.text == $0.line.text } }

    /// The lines of the unit's files that probably keep the service from starting: first those that are wrong on this machine, then
    /// those of drop-ins that are not in the ready-made unit, the newest file first.
    var suspects: [String] { self.shown(UnitFaults.find(self), self.addedInDropIns) }

    /// These lines without the program's settings, which are not about its sandbox or its limits.
    var sandboxSuspects: [String] {
        self.shown(UnitFaults.find(self), self.addedInDropIns.filter { !$0.line.name.hasPrefix("Environment") })
    }

    private var addedInDropIns: [Difference] {
        let fragments = ["socket", "service"].compactMap { self[$0, "FragmentPath"] }
        return Difference.newestFirst(self.addedLines.filter { !fragments.contains($0.line.file) })
    }

    private func shown(_ faults: [Difference], _ others: [Difference]) -> [String] {
        var seen: Set<String> = []
        // "RestrictAddressFamilies=" alone takes back other lines, and changes nothing that can be corrected there.
        return (faults + others).filter { line in
            seen.insert(line.line.place).inserted && UnitFaults.value(of: line.line) != ""
        }.prefix(8).map(\.shown)
    }
}

extension Facts {
    /// Whether lines of the unit's files keep the program from starting, and it has not said why.
    var isKeptFromStarting: Bool {
        guard let units = self.units, units.isDown, self.programWords == nil,
            self.whole.status == 0 || self.whole.status >= 500
        else { return false }
        return !units.suspects.isEmpty
    }
}
