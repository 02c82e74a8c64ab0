import Glibc
import SystemPackage

/// A file that is being received. It becomes visible when it is complete, and is removed if it never is.
final class IncomingFile {
    /// The folder for incoming files, beside those of the teams on the same file system. No team's name contains a dot.
    private static let folder = ".incoming"

    private let root: FilePath
    private let path: FilePath
    /// `nil` when the file is complete.
    private var file: FileDescriptor?
    /// The size so far, in bytes.
    private(set) var size: Int64 = 0

    /// Creates a file in the folder for incoming files.
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
            // The file must be readable by the web server, which may run as another user.
            return try FileDescriptor.open(
                path, .writeOnly, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead, .otherRead])
        } catch let error as Errno {
            throw Self.failure(error, path)
        }
    }

    deinit {
        try? self.file?.close()
        _ = self.path.withPlatformString { unlink($0) }
    }

    /// Appends bytes.
    func append(_ bytes: ArraySlice<UInt8>) throws {
        try self.write { file in self.size += Int64(try file.writeAll(bytes)) }
    }

    /// Completes the file; no more bytes can be appended.
    func finish() throws {
        try self.write { file in
            // Some disks fail only when the bytes are written to them. Without fsync(2), that is after the response.
            guard fsync(file.rawValue) == 0 else { throw Errno(rawValue: errno) }
            self.file = nil
            try file.close()
        }
    }

    private func write(_ body: (FileDescriptor) throws -> Void) throws {
        guard let file else { preconditionFailure("bytes appended to a complete file") }
        do {
            try body(file)
        } catch let error as Errno {
            // Some file systems report a full disk only when the file is closed.
            throw Self.failure(error, self.path)
        }
    }

    /// The error for a failed system call: a full disk is reported to the client, anything else to the log.
    private static func failure(_ error: Errno, _ path: FilePath) -> any Error {
        error == .noSpace || error == .diskQuotaExceeded ? SiteError.noRoom : SetupError("\(path): \(error)")
    }

    /// Removes the published file.
    func withdraw(_ address: FileAddress) {
        _ = self.root.pushing(address.path).withPlatformString { unlink($0) }
    }

    /// Publishes the complete file.
    ///
    /// If the requested name is taken, the file gets a number. A link is only created where no file exists, so that of
    /// two files received together, neither replaces the other.
    func publish(as name: [UInt8], team: String) throws -> FileAddress {
        let folder = self.root.appending(team)
        guard folder.withPlatformString({ mkdir($0, 0o755) }) == 0 || errno == EEXIST else {
            throw Self.failure(Errno(rawValue: errno), folder)
        }
        func address(_ number: Int) -> FileAddress {
            FileAddress(team: team, name: number == 1 ? name : UploadName.numbered(name, number))
        }
        // Each further attempt means that another file has just taken the name.
        for _ in 1...100 {
            let number = UploadName.freeNumber { number in
                var status = stat()
                return self.root.pushing(address(number).path).withPlatformString { lstat($0, &status) } == 0
            }
            let target = self.root.pushing(address(number).path)
            let result = self.path.withPlatformString { from in target.withPlatformString { to in link(from, to) } }
            if result == 0 { return address(number) }
            guard errno == EEXIST else {
                throw Self.failure(Errno(rawValue: errno), target)
            }
        }
        throw SetupError("\(folder): many files with the same name are uploaded at the same time")
    }

    /// Removes files left behind by a process that was killed.
    ///
    /// - Parameter root: The root, as for ``init(root:)``. A file that has not grown for a day is abandoned.
    static func removeAbandoned(root: FilePath) {
        let folder = root.appending(Self.folder)
        for entry in (try? Directory.entries(of: folder)) ?? [] where entry.modified + 86_400 < Int64(time(nil)) {
            _ = folder.appending(entry.component).withPlatformString { unlink($0) }
        }
    }
}
