import CLinux
import Glibc
import SystemPackage

/// A file that a user may have.
struct LibraryFile: Sendable {
    let address: FileAddress
    let size: Int64
    /// Seconds since 1970.
    let modified: Int64
    /// Which file it is among all that have had or will have its name: its inode, whose number is used again, and when that was
    /// made. Other content in the same file leaves it as it is; another file in its place does not. `nil` in a list of files.
    var origin: String?

    var displayName: String { self.address.displayName }
    var kind: FileKind { FileKind(name: self.displayName) }
}

/// The files below the root: a folder for each team.
struct FileLibrary: Sendable {
    let root: FilePath

    /// The files of a team in alphabetical order; none if it has no folder.
    ///
    /// Symbolic links are not listed: where they lead is not known before somebody asks for the file.
    func files(of team: String) throws -> [LibraryFile] {
        do {
            return try Directory.entries(of: self.root.appending(team)).filter(\.isRegularFile).map {
                LibraryFile(
                    address: FileAddress(team: team, name: $0.name), size: $0.size, modified: $0.modified)
            }.sorted { $0.displayName.lowercased() < $1.displayName.lowercased() }
        } catch Errno.noSuchFileOrDirectory {
            return []
        }
    }

    /// The file of an address, if the list has it.
    func file(_ address: FileAddress) throws -> LibraryFile {
        var status = stat()
        // A name with a slash in it would lead somewhere else.
        let isName = !address.name.contains(UInt8(ascii: "/")) && !address.name.contains(0)
        let path = self.root.pushing(address.path)
        guard isName, path.withPlatformString({ lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SiteError.notFound
        }
        return LibraryFile(
            address: address, size: Int64(status.st_size), modified: Int64(status.st_mtim.tv_sec),
            origin: try Self.origin(of: path))
    }

    private static func origin(of path: FilePath) throws -> String {
        var (inode, seconds, nanoseconds) = (UInt64(0), Int64(0), UInt32(0))
        guard path.withPlatformString({ linux_origin($0, &inode, &seconds, &nanoseconds) }) == 0 else {
            if errno == ENOENT { throw SiteError.notFound }
            throw SetupError("\(path): \(Errno(rawValue: errno))")
        }
        return "\(inode) \(seconds) \(nanoseconds)"
    }
}
