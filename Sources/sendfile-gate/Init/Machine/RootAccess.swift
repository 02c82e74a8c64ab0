import Glibc

/// Whether the web server and the gate can read the files of a root.
enum RootAccess {
    /// - Returns: A sentence about the first obstacle, with the command that removes it; `nil` if there is none.
    static func obstacle(of root: String) -> String? {
        guard let server = LocalUser(named: GatePaths.group), let group = getgrnam(GatePaths.group) else { return nil }
        // systemd gives the gate a user of its own, whose only right is its membership in the group.
        let gate = LocalUser(name: "the gate's user", id: .max, groups: [group.pointee.gr_gid])
        // If the root contains no file, only its directories count.
        let sample = try? SampleFile.find(in: root)
        for user in [server, gate] {
            let access = FileAccess(of: sample ?? "\(root)/file", by: user)
            guard let obstacle = access.obstacles.first else { continue }
            let (verb, letter) = obstacle.isDirectory ? ("enter", "x") : ("read", "r")
            let path = obstacle.path.quotedForShell
            return
                "\(user.name) cannot \(verb) \(obstacle.path): chgrp \(GatePaths.group) \(path) && chmod g+\(letter) \(path)   "
                + "(for every user of this machine: chmod o+\(letter) \(path))"
        }
        return nil
    }
}
