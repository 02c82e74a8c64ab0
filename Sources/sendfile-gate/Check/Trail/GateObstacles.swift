import CLinux
import Glibc

/// The obstacles that keep the gate's account from a file that a message of the gate names, or systemd from starting the gate.
enum GateObstacles {
    /// - Parameters:
    ///   - words: The gate's message: `SENDFILE_LINK_SECRET_FILE is "/etc/secret", which cannot be read: …`.
    ///   - units: The gate's units.
    static func find(_ words: String?, _ units: UnitState) -> [String] {
        var lines: [String] = []
        if let words, let start = words.firstRange(of: "\"/") {
            let path = "/" + words[start.upperBound...].prefix { $0 != "\"" }
            let account = units.account
            lines += FileAccess(of: path, by: account).obstacles.map { Self.shown($0, account) }
        }
        if units.refusedSetting == "ExecStart=" {
            for line in units.lines(containing: "ExecStart=") {
                let program = String(line.name.drop { $0 != "/" }.prefix { $0 != " " })
                guard !program.isEmpty else { continue }
                if access(program, F_OK) != 0 {
                    lines.append("\(line.place): \(line.text)   (\(program): \(String(cString: strerror(errno))))")
                }
                lines += FileAccess(of: program, by: units.account, needing: .execute).obstacles.map {
                    "chmod 755 \($0.path.quotedForShell)   (mode \(Self.mode($0.path)): \(units.account.name) cannot "
                        + "\($0.isDirectory ? "enter" : "execute") it)"
                }
            }
        }
        return lines
    }

    /// The obstacles for a user who starts the program that a web server's lines name.
    static func start(_ route: Route, by user: LocalUser?) -> [String] {
        guard let user else { return [] }
        return route.directives.filter { ["fcgidwrapper", "fastcgi.server"].contains($0.name.lowercased()) }.flatMap {
            line -> [String] in
            let text = line.wholeText
            let start =
                line.name == "fastcgi.server" ? text.firstRange(of: "\"bin-path\"")?.upperBound : text.startIndex
            guard let start else { return [] }
            let program = String(text[start...].drop { $0 != "/" }.prefix { !" \"".contains($0) })
            guard program.hasSuffix("/sendfile-gate") else { return [] }
            if access(program, F_OK) != 0 {
                return ["\(line.place): \(line.text)   (\(program): \(String(cString: strerror(errno))))"]
            }
            return FileAccess(of: program, by: user, needing: .execute).obstacles.map {
                "chmod 755 \($0.path.quotedForShell)   (mode \(Self.mode($0.path)): \(user.name) cannot \($0.isDirectory ? "enter" : "execute") it), or install the program in /usr/bin"
            }
        }
    }

    private static func mode(_ path: String) -> String {
        var status = stat()
        return stat(path, &status) == 0 ? String(status.st_mode & 0o7777, radix: 8) : "unknown"
    }

    private static func shown(_ obstacle: FileAccess.Obstacle, _ account: LocalUser) -> String {
        let path = obstacle.path.quotedForShell
        let change =
            obstacle.isDirectory
            ? "chgrp www-data \(path) && chmod g+x \(path)" : "chgrp www-data \(path) && chmod g+r \(path)"
        return
            "\(change)   (mode \(Self.mode(obstacle.path)): \(account.name) cannot \(obstacle.isDirectory ? "enter" : "read") it)"
    }
}
