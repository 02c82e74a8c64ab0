import Glibc
import SystemPackage

/// Reads directories.
enum Directory {
    struct Entry {
        /// The name in the file system.
        let name: [UInt8]
        let isRegularFile: Bool
        let size: Int64
        /// Seconds since 1970.
        let modified: Int64

        var component: FilePath.Component {
            // A name from a directory contains neither a slash nor a NUL.
            FilePath(platformString: self.name.map { CChar(bitPattern: $0) } + [0]).lastComponent!
        }
    }

    /// The entries of a directory, unordered, without `.` and `..`.
    ///
    /// - Throws: `Errno`.
    static func entries(of path: FilePath) throws -> [Entry] {
        guard let directory = path.withPlatformString({ opendir($0) }) else { throw Errno(rawValue: errno) }
        defer { closedir(directory) }
        var entries: [Entry] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { [UInt8]($0.prefix { $0 != 0 }) }
            guard name != Array(".".utf8), name != Array("..".utf8) else { continue }
            var status = stat()
            let result = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: name.count + 1) {
                    fstatat(dirfd(directory), $0, &status, AT_SYMLINK_NOFOLLOW)
                }
            }
            // The entry may have been removed meanwhile.
            guard result == 0 else { continue }
            entries.append(
                Entry(
                    name: name, isRegularFile: status.st_mode & S_IFMT == S_IFREG, size: Int64(status.st_size),
                    modified: Int64(status.st_mtim.tv_sec)))
        }
        return entries
    }
}
