import CLinux
import Glibc

/// The access permissions of a file: its mode, and the entries that `setfacl` adds (acl(5)).
struct AccessControlList {
    struct Permissions: OptionSet {
        let rawValue: UInt16
        static let read = Permissions(rawValue: 4)
        static let execute = Permissions(rawValue: 1)
    }

    private let owner: uid_t
    private let group: gid_t
    private let mode: mode_t
    private var users: [(id: uid_t, permissions: Permissions)] = []
    private var groups: [(id: gid_t, permissions: Permissions)] = []
    private var owningGroup: Permissions
    private var mask: Permissions?

    /// - Returns: `nil` if the file's status cannot be read.
    init?(of path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.owner = status.st_uid
        self.group = status.st_gid
        self.mode = status.st_mode
        self.owningGroup = Permissions(rawValue: UInt16(status.st_mode >> 3 & 7))
        self.readEntries(of: path)
    }

    /// Reads the kernel's format: a version, then entries of a tag, permissions and an id, little-endian.
    private mutating func readEntries(of path: String) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = getxattr(path, "system.posix_acl_access", &bytes, bytes.count)
        guard count > 4 else { return }
        func number(_ at: Int, _ width: Int) -> UInt32 {
            (0..<width).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * $1) }
        }
        for start in stride(from: 4, through: count - 8, by: 8) {
            let permissions = Permissions(rawValue: UInt16(number(start + 2, 2)))
            let id = number(start + 4, 4)
            switch number(start, 2) {
            case 0x02: self.users.append((id, permissions))
            case 0x04: self.owningGroup = permissions
            case 0x08: self.groups.append((id, permissions))
            case 0x10: self.mask = permissions
            default: break
            }
        }
    }

    /// Whether the user has all these permissions.
    func allows(_ wanted: Permissions, to user: LocalUser) -> Bool {
        if user.id == 0 { return true }
        if user.id == self.owner { return Permissions(rawValue: UInt16(self.mode >> 6 & 7)).isSuperset(of: wanted) }
        if let entry = self.users.first(where: { $0.id == user.id }) {
            return self.masked(entry.permissions).isSuperset(of: wanted)
        }
        var matching = self.groups.filter { user.groups.contains($0.id) }.map(\.permissions)
        if user.groups.contains(self.group) { matching.append(self.owningGroup) }
        guard matching.isEmpty else { return matching.contains { self.masked($0).isSuperset(of: wanted) } }
        return Permissions(rawValue: UInt16(self.mode & 7)).isSuperset(of: wanted)
    }

    /// The name of the file's group, if its members have these permissions.
    func group(with wanted: Permissions) -> String? {
        guard self.masked(self.owningGroup).isSuperset(of: wanted), let entry = getgrgid(self.group) else { return nil }
        return String(cString: entry.pointee.gr_name)
    }

    private func masked(_ permissions: Permissions) -> Permissions {
        self.mask.map(permissions.intersection) ?? permissions
    }
}
