import CLinux
import Glibc

/// What prevents the gate's account from reading a file that a message of the gate names, or systemd from starting the gate.
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
                let program = line.name.drop { $0 != "/" }.prefix { $0 != " " }
                guard !program.isEmpty, access(String(program), X_OK) != 0 else { continue }
                lines.append(
                    "chmod 755 \(String(program).quotedForShell)   (\(line.place): \(String(cString: strerror(errno))))"
                )
            }
        }
        return lines
    }

    private static func shown(_ obstacle: FileAccess.Obstacle, _ account: LocalUser) -> String {
        var status = stat()
        _ = stat(obstacle.path, &status)
        let path = obstacle.path.quotedForShell
        let mode = String(status.st_mode & 0o7777, radix: 8)
        let change =
            obstacle.isDirectory
            ? "chgrp www-data \(path) && chmod g+x \(path)" : "chgrp www-data \(path) && chmod g+r \(path)"
        return "\(change)   (mode \(mode): \(account.name) cannot \(obstacle.isDirectory ? "enter" : "read") it)"
    }
}
