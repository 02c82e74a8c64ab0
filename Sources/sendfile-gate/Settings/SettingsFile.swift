import CLinux
import Glibc
import SystemPackage

/// A small settings file, read completely.
struct SettingsFile {
    /// The maximum size in bytes: a larger file was named by mistake.
    private static let limit = 1 << 20

    let path: String
    private let bytes: [UInt8]
    /// Whether users other than the owner and the group can read or change the file.
    let isOpenToOthers: Bool

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: The path of the file.
    ///   - name: The setting or option that names it, for error messages.
    init(_ path: String, named name: String) throws(GateError) {
        self.path = path
        do {
            let descriptor = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
            (self.bytes, self.isOpenToOthers) = try descriptor.closeAfter {
                var status = stat()
                guard fstat(descriptor.rawValue, &status) == 0 else { throw Errno(rawValue: errno) }
                var bytes: [UInt8] = []
                var chunk = [UInt8](repeating: 0, count: 4096)
                while true {
                    let count = try chunk.withUnsafeMutableBytes { try descriptor.read(into: $0) }
                    if count == 0 { break }
                    bytes += chunk[..<count]
                    guard bytes.count <= Self.limit else { throw Errno.fileTooLarge }
                }
                return (bytes, status.st_mode & 0o006 != 0)
            }
        } catch {
            throw GateError(reading: name, path, error as? Errno ?? .ioError)
        }
    }

    /// The lines without their ends, LF or CRLF.
    var lines: [ArraySlice<UInt8>] {
        self.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
    }

    /// The warning if ``isOpenToOthers``.
    var warning: String {
        "\(self.path) contains a secret and is accessible to every user of this machine: chmod o= \(self.path)"
    }
}

extension ArraySlice<UInt8> {
    /// The slice without spaces and tabs at its ends.
    var trimmed: ArraySlice<UInt8> {
        var slice = self.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        while let last = slice.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { slice.removeLast() }
        return slice
    }

    /// The slice without enclosing quotes, as in systemd's `EnvironmentFile=`.
    var unquoted: ArraySlice<UInt8> {
        guard self.count >= 2, let first, first == last, first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
        else { return self }
        return self.dropFirst().dropLast()
    }
}
