import CLinux
import FastCGI
import Glibc
import Sendfile
import SystemPackage

/// A file that a user may access.
struct LibraryFile: Sendable {
    let address: FileAddress
    let size: Int64
    /// Seconds since 1970.
    let modified: Int64
    /// Distinguishes this file from all others that had or will have its name: its inode number, which can be reused,
    /// and the time when the inode was created. Editing the file in place does not change it; replacing the file does. For an
    /// object, its `ETag` and time. `nil` in a list of files.
    var origin: String?

    var displayName: String { self.address.displayName }
    var kind: FileKind { FileKind(name: self.displayName) }
}

extension [LibraryFile] {
    /// The files in alphabetical order.
    var ordered: Self { self.sorted { $0.displayName.lowercased() < $1.displayName.lowercased() } }
}

/// The files below the root: a folder for each team.
struct FileLibrary: FileStorage {
    private let root: FilePath
    private let sendfile: Sendfile

    init(root: FilePath) throws {
        self.root = root
        self.sendfile = try Sendfile(root: root)
        IncomingFile.removeAbandoned(root: root)
    }

    func response(
        to request: Request, _ address: FileAddress, isAttachment: Bool, _ options: SendfileOptions
    ) async throws -> Response {
        try self.sendfile(request, address.path, options, attachment: isAttachment ? .attachment : .inline)
    }

    func upload(for team: String) -> any FileUpload { FolderUpload(root: self.root, team: team) }

    /// The files of a team in alphabetical order; empty if the team has no folder.
    ///
    /// Symbolic links are not listed, because their target is not checked before a client requests the file.
    func files(of team: String) throws -> [LibraryFile] {
        do {
            return try Directory.entries(of: self.root.appending(team)).filter(\.isRegularFile).map {
                LibraryFile(
                    address: FileAddress(team: team, name: $0.name), size: $0.size, modified: $0.modified)
            }.ordered
        } catch Errno.noSuchFileOrDirectory {
            return []
        }
    }

    func file(_ address: FileAddress) throws -> LibraryFile {
        var status = stat()
        // A name with a slash would lead out of the folder.
        let isName = !address.name.contains(UInt8(ascii: "/")) && !address.name.contains(0)
        let path = self.root.pushing(address.path)
        guard isName, path.withPlatformString({ lstat($0, &status) }) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SiteError.notFound
        }
        return LibraryFile(
            address: address, size: Int64(status.st_size), modified: Int64(status.st_mtim.tv_sec),
            origin: try Self.origin(of: path))
    }

    func beginning(of address: FileAddress, limit: Int) throws -> (bytes: [UInt8], isWhole: Bool) {
        do {
            // The name has no slash, and the file is not a symbolic link, so it is in the team's folder.
            let file = try FileDescriptor.open(
                self.root.pushing(address.path), .readOnly, options: [.noFollow, .nonBlocking, .closeOnExec])
            return try file.closeAfter {
                var bytes: [UInt8] = []
                while bytes.count <= limit {
                    let wanted = limit + 1 - bytes.count
                    let chunk = try [UInt8](unsafeUninitializedCapacity: wanted) { buffer, count in
                        count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                    }
                    if chunk.isEmpty { return (bytes, true) }
                    bytes += chunk
                }
                return (Array(bytes.prefix(limit)), false)
            }
        } catch Errno.noSuchFileOrDirectory {
            throw SiteError.notFound
        } catch let error as Errno {
            throw SetupError("\(address.displayName): \(error)")
        }
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
