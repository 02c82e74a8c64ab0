import Glibc

extension LocalUser {
    /// The user as whom a process runs, with the process's groups: systemd's dynamic users have groups that no file
    /// lists.
    ///
    /// - Returns: `nil` if the process does not exist.
    init?(ofProcess process: pid_t) {
        guard var text = ConfigurationText(of: "/proc/\(process)/status") else { return nil }
        var numbers: [String: [UInt32]] = [:]
        while text.next != nil {
            let line = text.take { $0 != UInt8(ascii: "\n") }
            _ = text.take()
            let words = line.split { $0 == "\t" || $0 == " " }
            if let name = words.first { numbers[String(name)] = words.dropFirst().compactMap { UInt32($0) } }
        }
        // Of the real, effective, saved and file-system id, the last one decides about files.
        guard let user = numbers["Uid:"]?.last, let group = numbers["Gid:"]?.last else { return nil }
        var name = String(user)
        if let entry = getpwuid(user) { name = String(cString: entry.pointee.pw_name) }
        self.init(name: name, id: user, groups: Set((numbers["Groups:"] ?? []) + [group]))
    }
}
