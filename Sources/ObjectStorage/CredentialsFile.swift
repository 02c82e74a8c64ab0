import Glibc
import Sendfile

/// A file with credentials, which may be replaced while the program runs.
final class CredentialsFile: Sendable {
    let path: String

    /// The state of a file that a replacement changes.
    private struct Stamp: Equatable, Sendable {
        let inode: UInt64
        let size: Int64
        let seconds: Int
        let nanoseconds: Int
    }

    private struct Content: Sendable {
        let stamp: Stamp
        let kind: CredentialKind
        let values: ObjectStoreCredentials.Values
    }

    /// The last valid content.
    private let last = Locked<Content?>(nil)

    init(_ path: String) {
        self.path = path
    }

    /// The current credentials, or the last ones if the file is missing or incomplete.
    func values(
        for kind: CredentialKind, report: (String) -> Void
    ) throws(ObjectStoreError) -> ObjectStoreCredentials.Values {
        try self.last.withLock { last throws(ObjectStoreError) in
            let flaw: String
            var status = stat()
            if stat(self.path, &status) != 0 {
                flaw = "cannot be read: \(String(cString: strerror(errno)))"
            } else {
                let stamp = Stamp(
                    inode: UInt64(status.st_ino), size: Int64(status.st_size), seconds: status.st_mtim.tv_sec,
                    nanoseconds: status.st_mtim.tv_nsec)
                if let last, last.stamp == stamp, last.kind == kind { return last.values }
                if let values = Self.read(self.path, kind) {
                    last = Content(stamp: stamp, kind: kind, values: values)
                    return values
                }
                flaw = "has no line \(kind.required.map { "\(kind.line($0)) = …" }.joined(separator: " or no line "))"
            }
            guard let last, last.kind == kind else {
                throw ObjectStoreError(
                    .invalidCredentials, "the file \(self.path) with the credentials of the object store \(flaw)")
            }
            report("the file \(self.path) \(flaw); the credentials that it contained before remain in use")
            return last.values
        }
    }

    /// The credentials in a file of at most 64 KiB; `nil` if a required one is missing.
    private static func read(_ path: String, _ kind: CredentialKind) -> ObjectStoreCredentials.Values? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let capacity = 1 << 16
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            while count < capacity {
                let length = Glibc.read(descriptor, buffer.baseAddress! + count, capacity - count)
                guard length > 0 else { return }
                count += length
            }
        }
        return self.parse(String(decoding: bytes, as: UTF8.self), kind)
    }

    /// Parses lines of the form `name = value`; the first of several lines with one name counts.
    static func parse(_ text: String, _ kind: CredentialKind) -> ObjectStoreCredentials.Values? {
        var lines: [String: String] = [:]
        var profiles = 0
        for line in text.split(whereSeparator: \.isNewline) {
            let line = line.trimmed
            if line.first == "[" { profiles += 1 }
            if profiles > 1 { break }
            guard line.first != "#", let sign = line.firstIndex(of: "=") else { continue }
            let name = line[..<sign].trimmed
            if lines[String(name)] == nil { lines[String(name)] = String(line[line.index(after: sign)...].trimmed) }
        }
        return kind.values { lines[kind.line($0)] }
    }
}

extension Substring {
    /// The text without spaces and tabs at its ends.
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.first, first == " " || first == "\t" { text.removeFirst() }
        while let last = text.last, last == " " || last == "\t" { text.removeLast() }
        return text
    }
}
