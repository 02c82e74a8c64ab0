import CLinux
import Glibc
import SystemPackage

/// A file of this machine, as init finds it.
struct FileState: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case file
        case directory
        case link(String)
        case other
    }

    var kind = Kind.file
    /// The content of a regular file.
    var content = ""
    var mode: mode_t = 0o644
    /// The name of the group.
    var group = "root"

    /// - Returns: `nil` if the file does not exist.
    static func read(_ path: String) throws -> FileState? {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return nil }
            throw GateError(reading: "a file of the setup", path, Errno(rawValue: errno))
        }
        var state = FileState(mode: status.st_mode & 0o7777, group: Self.name(of: status.st_gid))
        switch status.st_mode & S_IFMT {
        case S_IFREG: state.content = String(decoding: try Self.bytes(of: path), as: UTF8.self)
        case S_IFDIR: state.kind = .directory
        case S_IFLNK:
            var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let length = readlink(path, &target, target.count)
            state.kind = .link(String(decoding: target.prefix(max(length, 0)), as: UTF8.self))
        default: state.kind = .other
        }
        return state
    }

    /// The bytes of a file of at most 1 MiB.
    static func bytes(of path: String) throws -> [UInt8] {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
            return try file.closeAfter {
                var bytes = [UInt8](repeating: 0, count: 1 << 20)
                var length = 0
                while length < bytes.count {
                    let count = try bytes.withUnsafeMutableBytes { try file.read(into: .init(rebasing: $0[length...])) }
                    if count == 0 { return Array(bytes[..<length]) }
                    length += count
                }
                throw Errno.fileTooLarge
            }
        } catch {
            throw GateError(reading: "a file of the setup", path, error as? Errno ?? .ioError)
        }
    }

    private static func name(of group: gid_t) -> String {
        guard let entry = getgrgid(group) else { return "\(group)" }
        return String(cString: entry.pointee.gr_name)
    }
}
