import CLinux
import Glibc
import SystemPackage

/// A small file that somebody set the program up with, read whole.
struct SettingsFile {
    /// The most bytes of such a file; another one was named by mistake.
    private static let limit = 1 << 20

    let path: String
    private let bytes: [UInt8]
    /// Whether users who do not own the file, and are not in its group, can read or change it.
    let isOpenToOthers: Bool

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - path: Its path.
    ///   - name: The setting or option that names it, for the error's text.
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

    /// The lines without their ends, which may be Windows' ones.
    var lines: [ArraySlice<UInt8>] {
        self.bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
            line.last == UInt8(ascii: "\r") ? line.dropLast() : line
        }
    }

    /// What to say if ``isOpenToOthers``.
    var warning: String {
        "\(self.path) holds a secret and is open to every user of this machine: chmod o= \(self.path)"
    }
}

extension ArraySlice<UInt8> {
    /// Without blanks at its ends.
    var trimmed: ArraySlice<UInt8> {
        var slice = self.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        while let last = slice.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { slice.removeLast() }
        return slice
    }

    /// Without a pair of quotes around it, as systemd's `EnvironmentFile=` has them.
    var unquoted: ArraySlice<UInt8> {
        guard self.count >= 2, let first, first == last, first == UInt8(ascii: "\"") || first == UInt8(ascii: "'")
        else { return self }
        return self.dropFirst().dropLast()
    }
}
