import Glibc
import Testing

@testable import sendfile_gate

/// The places on this machine that a report names: lines that include files, lines of units, and mounts.
@Suite struct CheckLocalTests {
    private static let site =
        "server { listen 80; location /files/ { fastcgi_pass unix:/run/sendfile-gate.sock; } }\n"

    /// A directory of nginx with a site for the gate in `sites-available`, linked in `sites-enabled`.
    private static func nginx(_ name: String, _ lines: String) throws -> ServerConfiguration {
        let directory = try Workspace.shared.makeDirectory(name)
        for part in ["sites-enabled", "sites-available", "conf.d"] { try Files.makeDirectory("\(directory)/\(part)") }
        try Files.write(Self.site, to: "\(directory)/sites-available/default")
        try #require(symlink("../sites-available/default", "\(directory)/sites-enabled/default") == 0)
        try Files.write("user www-data;\nhttp {\n\(lines)}\n", to: "\(directory)/nginx.conf")
        return try #require(ServerConfiguration(of: .nginx, at: "\(directory)/nginx.conf"))
    }

    @Test(
        "A site that nginx does not read is named by the line that should include it",
        arguments: [
            (
                "    include conf.d/*.conf;\n",
                ":2: http   (add in this block: include D/sites-enabled/*;   nginx does not"
            ),
            ("    # include D/sites-enabled/*;\n", ":3: # include D/sites-enabled/*;   (remove the #: "),
            (
                "    include sites-enabled/*.conf;\n",
                ":3: include sites-enabled/*.conf;   (write: include D/sites-enabled/*;"
            ),
            ("    include site-enabled/*;\n", ":3: include site-enabled/*;   (write: include D/sites-enabled/*;"),
            ("    include D/sites-enabled/*;\n", ""), ("    include sites-enabled/default;\n", ""),
        ])
    func gaps(_ lines: String, _ expected: String) throws {
        let name = "gaps-\(lines.utf8.reduce(0) { $0 &* 31 &+ Int($1) }.magnitude)"
        let directory = try Self.nginx(name, "").file.replacing("/nginx.conf", with: "")
        try Files.write(
            "user www-data;\nhttp {\n\(lines.replacing("D/", with: "\(directory)/"))}\n", to: "\(directory)/nginx.conf")
        let configuration = try #require(ServerConfiguration(of: .nginx, at: "\(directory)/nginx.conf"))
        let found = IncludeGaps.lines(configuration)
        if expected == "" {
            #expect(found == [])
        } else {
            let start = "\(directory)/nginx.conf\(expected.replacing("D/", with: "\(directory)/"))"
            #expect(found.count == 1 && found[0].hasPrefix(start), "\(found)")
        }
    }

    @Test(
        "A name that the pattern does not match gets the command that renames it, and a site that is not enabled its link"
    )
    func names() throws {
        let configuration = try Self.nginx("gap-names", "    include conf.d/*.conf;\n    include sites-enabled/*;\n")
        let directory = configuration.file.replacing("/nginx.conf", with: "")
        #expect(unlink("\(directory)/sites-enabled/default") == 0)
        let link =
            "ln -s \(directory)/sites-available/default \(directory)/sites-enabled/default; systemctl reload nginx"
        #expect(IncludeGaps.lines(configuration).first?.hasPrefix(link) == true, "\(IncludeGaps.lines(configuration))")
        try Files.write(Self.site, to: "\(directory)/conf.d/gate.conf.off")
        let lines = IncludeGaps.lines(configuration)
        let move =
            "mv \(directory)/conf.d/gate.conf.off \(directory)/conf.d/gate.conf.off.conf   (\(directory)/nginx.conf:3: "
        #expect(lines.count == 1 && lines[0].hasPrefix(move), "\(lines)")
    }

    @Test("A file that an upgrade has left is not enabled") func leftovers() throws {
        let configuration = try Self.nginx(
            "gap-leftovers", "    include conf.d/*.conf;\n    include sites-enabled/*;\n")
        let directory = configuration.file.replacing("/nginx.conf", with: "")
        #expect(unlink("\(directory)/sites-enabled/default") == 0)
        let site = "\(directory)/sites-available/default"
        #expect(rename(site, "\(site).dpkg-old") == 0)
        #expect(IncludeGaps.lines(configuration) == [])
    }

    @Test("Include lines of Apache and lighttpd are read, with their comments and their commands") func includes()
        throws
    {
        let directory = try Workspace.shared.makeDirectory("include-lines")
        let file = "\(directory)/main.conf"
        try Files.write("#Include /a/*.conf\n  IncludeOptional b.conf \"c d.conf\"\n# includes all\n", to: file)
        let apache = IncludeLine.read(file, of: .apache, in: "/etc/apache2")
        #expect(
            apache.map { "\($0.line) \($0.isComment) \($0.pattern)" } == [
                "1 true /a/*.conf", "2 false /etc/apache2/b.conf", "2 false /etc/apache2/c",
                "2 false /etc/apache2/d.conf",
            ])
        try Files.write(
            "include_shell \"\(directory)/none.pl \" + server.port\ninclude \"none.conf\"\ninclude \"x/*.conf\"\n",
            to: file)
        let configuration = try #require(ServerConfiguration(of: .lighttpd, at: file))
        let lines = MissingIncludes.lines(configuration, "")
        try #require(lines.count == 2, "\(lines)")
        #expect(
            lines[0].hasSuffix("(\(directory)/none.pl: No such file or directory)") && lines[0].hasPrefix("\(file):1: ")
        )
        #expect(lines[1] == "\(file):2: include \"none.conf\"   (\(directory)/none.conf does not exist)")
    }

    /// The units of a gate with these lines in a drop-in.
    private static func units(_ name: String, _ lines: [String], _ properties: String) throws -> (UnitState, String) {
        let directory = try Workspace.shared.makeDirectory(name)
        let files = ["\(directory)/sendfile-gate.service", "\(directory)/a.conf"]
        try Files.write(GateUnits.service, to: files[0])
        try Files.write((["[Service]"] + lines).joined(separator: "\n") + "\n", to: files[1])
        let text =
            "Id=sendfile-gate.service\nLoadState=loaded\nFragmentPath=\(files[0])\nDropInPaths=\(files[1])\n\(properties)\n"
        return (try #require(UnitState("sendfile-gate", text)), files[1])
    }

    @Test(
        "The line of a drop-in that keeps the gate from starting is the first",
        arguments: [
            (["Nice=5", "SupplementaryGroups=www-data no-such-group"], 3, "the group does not exist"),
            (["Nice=5", "EnvironmentFile=/nonexistent/a"], 3, "/nonexistent/a does not exist"),
            (["Nice=5", "EnvironmentFile=-/nonexistent/a"], 2, "not in the ready-made unit"),
            (["Nice=5", "WorkingDirectory=/nonexistent"], 3, "/nonexistent does not exist"),
            (["Nice=5", "LoadCredential=a:/nonexistent"], 3, "/nonexistent does not exist"),
            (["Nice=5", "ReadWritePaths=-/nonexistent /nonexistent/b"], 3, "/nonexistent/b does not exist"),
            (["Nice=5", "NoExecPaths=/usr"], 3, "add ExecPaths=/usr/bin/sendfile-gate"),
            (["NoExecPaths=/usr", "ExecPaths=/usr/bin"], 2, "not in the ready-made unit"),
            (["RestrictAddressFamilies=", "RestrictAddressFamilies=AF_INET"], 3, "the program needs AF_UNIX"),
            (["RestrictAddressFamilies=AF_INET"], 2, "not in the ready-made unit"),
            (["DynamicUser=no", "User=no-such-user"], 3, "the user does not exist"),
        ])
    func faults(_ lines: [String], _ number: Int, _ note: String) throws {
        let name = "faults-\(lines.joined().utf8.reduce(0) { $0 &* 31 &+ Int($1) }.magnitude)"
        let (units, file) = try Self.units(name, lines, "ActiveState=failed\nResult=exit-code\nDynamicUser=no")
        let first = units.suspects.first ?? ""
        #expect(first.hasPrefix("\(file):\(number): ") && first.contains(note), "\(units.suspects)")
    }

    @Test(
        "A line that fits the way in which systemd ended the gate comes first",
        arguments: [
            ("Result=oom-kill", "MemoryMax=1M"), ("Result=watchdog", "WatchdogSec=1ms"),
            ("Result=timeout", "TimeoutStartSec=1"), ("Result=exit-code\nExecMainStatus=205", "LimitNPROC=0"),
            ("Result=exit-code\nExecMainStatus=228", "SystemCallFilter=~mmap"),
            ("Result=exit-code\nExecMainStatus=225", "NetworkNamespacePath=/run/netns/a"),
        ])
    func outcomes(_ properties: String, _ line: String) throws {
        let (units, file) = try Self.units(
            "outcome-\(line.prefix { $0 != "=" })", ["Nice=5", line], "ActiveState=failed\n\(properties)")
        #expect(
            units.suspects.first?.hasPrefix("\(file):3: \(line)   (systemd could not start") == true,
            "\(units.suspects)")
        #expect(units.isDown && (properties.contains("Status") ? units.refusedSetting != nil : true))
    }

    @Test("A program that does not exist is named by the line that starts it") func program() throws {
        let lines = ["Nice=5", "ExecStart=", "ExecStart=/nonexistent/sendfile-gate serve"]
        let (units, file) = try Self.units("program", lines, "ActiveState=failed\nResult=exit-code\nExecMainStatus=203")
        let note = "(/nonexistent/sendfile-gate: No such file or directory)"
        #expect(units.suspects.first == "\(file):4: \(lines[2])   \(note)", "\(units.suspects)")
    }

    @Test("A service that restarts or starts for long is down; one that runs or was never started is not")
    func down() throws {
        func isDown(_ properties: String) throws -> Bool { try Self.units("down", [], properties).0.isDown }
        #expect(try isDown("ActiveState=activating\nSubState=auto-restart\nResult=exit-code"))
        #expect(try isDown("ActiveState=activating\nSubState=start\nResult=success"))
        #expect(try !isDown("ActiveState=active\nSubState=running\nResult=success"))
        #expect(try !isDown("ActiveState=inactive\nSubState=dead\nResult=success"))
    }

    @Test("A condition that is not met is named with its line") func conditions() throws {
        let lines = ["ConditionPathExists=/nonexistent", "ConditionPathExists=!/nonexistent", "ConditionHost=other"]
        let (units, file) = try Self.units(
            "conditions", lines, "ActiveState=inactive\nConditionResult=no\nConditionTimestampMonotonic=1")
        #expect(units.problems.map { $0.prefix { $0 != " " } } == ["\(file):2:", "\(file):4:"])
    }

    @Test(
        "A path that a unit hides or makes read-only is named by the line that does",
        arguments: [
            ("InaccessiblePaths=/etc/gate", "/etc/gate/secret", false, true),
            ("InaccessiblePaths=/etc/gate", "/etc/gate2", false, false),
            ("BindPaths=/mnt/a:/srv/reports:rbind", "/srv/reports/a", false, true),
            ("BindPaths=/srv/reports:/srv/reports:rbind", "/srv/reports/a", false, false),
            ("ReadOnlyPaths=/var/log", "/var/log/a.jsonl", true, true),
            ("ReadOnlyPaths=/var/log", "/var/log/a.jsonl", false, false),
            ("ProtectSystem=strict", "/data/a.log", true, true),
        ])
    func hidden(_ line: String, _ path: String, _ isWritten: Bool, _ isHidden: Bool) throws {
        let (units, file) = try Self.units("hidden", ["Nice=5", line], line)
        let lines = units.hidingLines(path, isWritten: isWritten)
        #expect(lines.first?.hasPrefix("\(file):3: \(line)") ?? false == isHidden, "\(lines)")
        #expect(units.hides(path, isWritten: isWritten) == nil || isHidden)
    }

    @Test("The mounts on the way to a file are those that the kernel enters") func way() throws {
        let lines = [
            "1 0 8:1 / / rw shared:1 - ext4 /dev/sda1 rw", "2 1 8:2 / /srv rw - ext4 /dev/sdb1 rw",
            "3 2 8:3 / /srv/reports rw - ext4 /dev/sdc1 rw", "4 2 0:9 / /srv rw - tmpfs scratch rw",
            "5 1 8:1 /mnt/old\\040files /data rw - ext4 /dev/sda1 rw",
        ]
        let mounts = lines.compactMap { MountCover($0) }
        try #require(mounts.count == 5)
        func points(_ path: String, _ mounts: [MountCover]) -> [String] {
            MountCover.way(to: path, mounts).map { "\($0.source) \($0.point)" }
        }
        #expect(points("/srv/reports/a", Array(mounts[..<3])) == ["/dev/sdb1 /srv", "/dev/sdc1 /srv/reports"])
        // The mount over /srv hides the one below it.
        #expect(points("/srv/reports/a", mounts) == ["/dev/sdb1 /srv", "scratch /srv"])
        #expect(mounts[4].part == "/mnt/old files" && MountCover("") == nil)
    }

    @Test("An empty file system over the root, and a directory over a part of it, are named with the command")
    func covers() throws {
        let root = "\(try Workspace.shared.makeDirectory("covers"))/root"
        try Files.makeDirectory(root)
        try Files.makeDirectory("\(root)/q3")
        func mount(_ part: String, _ point: String) -> [MountCover] {
            ["1 0 8:1 / / rw - ext4 /dev/sda1 rw", "2 1 8:9 \(part) \(point) rw - ext4 /dev/sdb1 rw"].compactMap {
                MountCover($0)
            }
        }
        func hiding(_ path: String, _ mounts: [MountCover]) -> String? {
            MountCover.hiding(path, in: root, mounts)?.shown
        }
        #expect(
            hiding("\(root)/q3/a", mount("/", "\(root)/q3"))?.hasPrefix(
                "umount \(root)/q3   (/dev/sdb1 (ext4), which is empty, is mounted over \(root)/q3") == true)
        #expect(
            hiding("\(root)/a", mount("/old", root))?.contains("the directory /old of /dev/sdb1 is mounted") == true)
        #expect(hiding("\(root)/q3", mount("/", root)) == nil)
        #expect(hiding(root, mount("/old", root)) != nil)
        #expect(hiding("\(root)/none", [MountCover("1 0 8:1 / / rw - ext4 /dev/sda1 rw")].compactMap { $0 }) == nil)
        #expect(MountCover.empty(below: root, mount("/", "\(root)/q3")).map(\.point) == ["\(root)/q3"])
    }
}
