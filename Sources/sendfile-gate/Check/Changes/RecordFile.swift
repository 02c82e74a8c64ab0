import Glibc
import SystemPackage

/// Reads and replaces a file of root's that no other user may read.
enum RecordFile {
    /// - Throws: `Errno`; `EFBIG` for a file of 32 MiB or more.
    static func read(_ path: String) throws -> [UInt8] {
        let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
        return try file.closeAfter {
            var bytes: [UInt8] = []
            var buffer = [UInt8](repeating: 0, count: 64 << 10)
            while bytes.count < 32 << 20 {
                let count = try buffer.withUnsafeMutableBytes { try file.read(into: $0) }
                if count == 0 { return bytes }
                bytes += buffer[..<count]
            }
            throw Errno.fileTooLarge
        }
    }

    /// Replaces the file at once, so that a reader finds the old content or the new one. Makes its directory.
    static func write(_ text: String, to path: String) throws {
        let directory = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        guard mkdir(directory, 0o755) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
        let temporary = "\(path).\(getpid())"
        let file = try FileDescriptor.open(
            FilePath(temporary), .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
            permissions: [.ownerRead, .ownerWrite])
        do {
            _ = try file.closeAfter { try file.writeAll(text.utf8) }
            guard rename(temporary, path) == 0 else { throw Errno(rawValue: errno) }
        } catch {
            unlink(temporary)
            throw error
        }
    }
}
