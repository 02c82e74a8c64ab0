import FastCGI
import SystemPackage

/// A file of lines that several processes append to.
///
/// Each line is written by one call with `O_APPEND`, so lines do not mix. The file is opened for each line, so `logrotate` can move it.
struct LineFile: Sendable {
    /// The number of bytes at the end of the file that ``tail()`` reads.
    private static let window: Int64 = 1 << 20

    private let path: FilePath

    /// The file need not exist.
    init(_ path: FilePath) {
        self.path = path
    }

    /// Appends a line of fields, which contain neither tabs nor line ends.
    func append(_ fields: [String]) throws {
        let line = fields.joined(separator: "\t") + "\n"
        do {
            let file = try FileDescriptor.open(
                self.path, .writeOnly, options: [.create, .append, .closeOnExec], permissions: .ownerReadWrite)
            try file.closeAfter { _ = try file.writeAll(line.utf8) }
        } catch let error as Errno {
            throw SetupError("\(self.path): \(error)")
        }
    }

    /// The lines at the end of the file, the oldest first, without an incomplete one at the beginning; empty if the file does not exist.
    func tail() throws -> [String] {
        do {
            let file = try FileDescriptor.open(self.path, .readOnly, options: .closeOnExec)
            let bytes = try file.closeAfter {
                let size = try file.seek(offset: 0, from: .end)
                let start = max(0, size - Self.window)
                let bytes = try [UInt8](unsafeUninitializedCapacity: Int(size - start)) { buffer, count in
                    count = try file.read(fromAbsoluteOffset: start, into: UnsafeMutableRawBufferPointer(buffer))
                }
                return start == 0 ? bytes[...] : bytes.drop { $0 != UInt8(ascii: "\n") }
            }
            return bytes.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        } catch Errno.noSuchFileOrDirectory {
            return []
        } catch let error as Errno {
            throw SetupError("\(self.path): \(error)")
        }
    }
}
