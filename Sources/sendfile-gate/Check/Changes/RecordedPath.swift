import CLinux
import Crypto
import Glibc

/// The state of a path of this machine, as far as a download may depend on it.
struct RecordedPath: Sendable, Equatable {
    enum Kind: String, Sendable {
        case file, directory, link, other
    }

    /// A line of a file. Two lines are the same if their digests are.
    struct Line: Sendable, Equatable {
        /// The first 8 bytes of SHA-256, in hexadecimal.
        let digest: String
        /// The line; `nil` if not every user may read its file, or if it may contain a secret.
        let text: String?

        init(digest: String, text: String?) { (self.digest, self.text) = (digest, text) }

        init(_ bytes: some Sequence<UInt8>, isPublic: Bool) {
            let bytes = Array(bytes)
            var hash = SHA256()
            bytes.withUnsafeBytes { hash.update(bufferPointer: $0) }
            self.digest = hash.finalize().prefix(8).map { byte in
                (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
            let text = String(decoding: bytes, as: UTF8.self)
            self.text = isPublic && !SecretText.isPossible(in: text) ? text : nil
        }

        static func == (left: Line, right: Line) -> Bool { left.digest == right.digest }
    }

    var kind: Kind
    /// The permission bits.
    var mode: UInt32
    var user: UInt32
    var group: UInt32
    /// The number of its file system.
    var device: UInt64
    /// A link's target.
    var target: String?
    /// The lines of a file whose content counts; `nil` for other files.
    var lines: [Line]?

    /// The largest file whose lines are recorded, in bytes.
    private static let largest = 256 << 10

    /// - Parameter hasContent: Whether the lines of the file count.
    /// - Returns: `nil` if the path does not exist or cannot be looked at.
    init?(_ path: String, hasContent: Bool) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        self.init(
            kind: .other, mode: status.st_mode & 0o7777, user: status.st_uid, group: status.st_gid,
            device: UInt64(status.st_dev))
        switch status.st_mode & S_IFMT {
        case S_IFREG:
            self.kind = .file
            guard hasContent, status.st_size <= Self.largest, let bytes = try? FileState.bytes(of: path),
                !bytes.contains(0)
            else { return }
            self.lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
                Line($0, isPublic: status.st_mode & S_IROTH != 0)
            }
        case S_IFDIR: self.kind = .directory
        case S_IFLNK:
            self.kind = .link
            var target = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let length = readlink(path, &target, target.count)
            self.target = String(decoding: target.prefix(max(length, 0)), as: UTF8.self)
        default: break
        }
    }

    init(
        kind: Kind, mode: UInt32, user: UInt32, group: UInt32, device: UInt64, target: String? = nil,
        lines: [Line]? = nil
    ) {
        (self.kind, self.mode, self.user, self.group) = (kind, mode, user, group)
        (self.device, self.target, self.lines) = (device, target, lines)
    }

    /// The lines of a command's output, as those of a file.
    init(output: [String]) {
        self.init(
            kind: .other, mode: 0, user: 0, group: 0, device: 0, lines: output.map { Line($0.utf8, isPublic: true) })
    }
}
