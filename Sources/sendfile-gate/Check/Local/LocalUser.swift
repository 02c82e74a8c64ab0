import CLinux
import Glibc

/// A user of this machine, such as the one as whom a web server reads files.
struct LocalUser: Sendable {
    let name: String
    let id: uid_t
    let groups: Set<gid_t>

    init(name: String, id: uid_t, groups: Set<gid_t>) {
        (self.name, self.id, self.groups) = (name, id, groups)
    }

    /// - Returns: `nil` if there is no such user.
    init?(named name: String) {
        var entry = passwd()
        var found: UnsafeMutablePointer<passwd>?
        var buffer = [CChar](repeating: 0, count: 16_384)
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
        var count: Int32 = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard getgrouplist(name, entry.pw_gid, &groups, &count) >= 0 else { return nil }
        self.name = name
        self.id = entry.pw_uid
        self.groups = Set(groups.prefix(Int(count)))
    }
}
