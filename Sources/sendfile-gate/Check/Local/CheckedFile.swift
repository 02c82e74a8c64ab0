import CLinux
import Glibc
import SystemPackage

/// The file whose bytes are expected.
struct CheckedFile: Sendable {
    /// The absolute path as given.
    let path: String
    let descriptor: FileDescriptor
    let size: Int
    let owner: uid_t
    let group: gid_t
    let mode: mode_t
    /// The time of the last modification, in seconds since 1970.
    let modificationTime: Int

    init(_ path: String) throws {
        guard path.hasPrefix("/") else {
            throw CheckFailure(.unusable, "--file is \"\(path)\", which is not an absolute path")
        }
        self.path = path
        do {
            self.descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
        } catch let error as Errno {
            throw CheckFailure(
                .unusable,
                "--file is \"\(path)\", which cannot be read for the comparison: \(error); run this as a user who can read it"
            )
        }
        var status = stat()
        guard fstat(self.descriptor.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw CheckFailure(.unusable, "--file is \"\(path)\", which is not a regular file")
        }
        guard status.st_size > 0 else {
            throw CheckFailure(.unusable, "--file is \"\(path)\", which is empty; use a file with content")
        }
        self.size = status.st_size
        self.owner = status.st_uid
        self.group = status.st_gid
        self.mode = status.st_mode & 0o777
        self.modificationTime = status.st_mtim.tv_sec
    }

    /// A path without symbolic links; `nil` if it does not exist.
    static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Whether the path is a regular file that every account may read.
    static func isPublic(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_mode & S_IROTH != 0
    }

    /// Waits until the file no longer counts as just modified, because such a file is always streamed. The wait is two
    /// seconds at most; a modification time in the future is ignored.
    func waitUntilOld() async throws {
        let age = time(nil) - self.modificationTime
        if (0..<2).contains(age) { try await Task.sleep(for: .seconds(2 - age)) }
    }

    var name: String { self.tails.first ?? "" }

    /// The directory without a slash at the end; empty for the top.
    var directory: String { String(Substring(self.path.utf8.dropLast(self.name.utf8.count + 1))) }

    /// The name with its preceding components, the longest last: `q3.pdf`, `reports/q3.pdf`, `srv/reports/q3.pdf`.
    var tails: [String] {
        // Bytes, because a slash and an accent behind it are one `Character`.
        let components = self.path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        return components.indices.reversed().map { components[$0...].joined(separator: "/") }
    }
}
