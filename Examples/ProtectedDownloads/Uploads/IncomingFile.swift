import Glibc
import SystemPackage

/// A file that is arriving. Nobody sees it before it is whole, and it is gone if it never is.
struct IncomingFile: ~Copyable {
    /// Where files arrive: a folder beside those of the teams, on the same file system. No team has a name with a dot.
    private static let folder = ".incoming"

    private let root: FilePath
    private let path: FilePath
    private let file: FileDescriptor
    /// Its size so far, in bytes.
    private(set) var size: Int64 = 0

    /// Begins a file somewhere below the root.
    init(root: FilePath) throws {
        let folder = root.appending(Self.folder)
        try Files.createPrivateDirectory(folder)
        let path = folder.appending(Hexadecimal.encode((0..<16).map { _ in UInt8.random(in: 0...255) }))
        self.file = try Self.create(path)
        self.root = root
        self.path = path
    }

    private static func create(_ path: FilePath) throws -> FileDescriptor {
        do {
            // The web server sends the file, and it may be another user.
            return try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch let error as Errno {
            throw SetupError("\(path): \(error)")
        }
    }

    deinit {
        try? self.file.close()
        _ = self.path.withPlatformString { unlink($0) }
    }

    /// Adds bytes at the end.
    mutating func append(_ bytes: ArraySlice<UInt8>) throws {
        do {
            self.size += Int64(try self.file.writeAll(bytes))
        } catch Errno.noSpace {
            throw SiteError.noRoom
        }
    }

    /// Gives the whole file its place.
    ///
    /// - Returns: its name there. If another file has the one that was asked for, this one gets a number: a link is made only
    ///   where nothing is, so that of two files that arrive together neither replaces the other.
    consuming func publish(as name: [UInt8], team: String) throws -> [UInt8] {
        let folder = self.root.appending(team)
        guard folder.withPlatformString({ mkdir($0, 0o755) }) == 0 || errno == EEXIST else {
            throw SetupError("\(folder): \(Errno(rawValue: errno))")
        }
        for number in 1...10_000 {
            let candidate = number == 1 ? name : UploadName.numbered(name, number)
            let target = self.root.pushing(FileAddress(team: team, name: candidate).path)
            let result = self.path.withPlatformString { from in target.withPlatformString { to in link(from, to) } }
            if result == 0 { return candidate }
            guard errno == EEXIST else { throw SetupError("\(target): \(Errno(rawValue: errno))") }
        }
        throw SetupError("\(folder) has 10,000 files of one name")
    }

    /// Removes what was left behind by a process that was killed.
    ///
    /// - Parameter root: below it, as for ``init(root:)``. A file that has not grown for a day arrives no more.
    static func removeAbandoned(root: FilePath) {
        let folder = root.appending(Self.folder)
        for entry in (try? Directory.entries(of: folder)) ?? [] where entry.modified + 86_400 < Int64(time(nil)) {
            _ = folder.appending(entry.component).withPlatformString { unlink($0) }
        }
    }
}
