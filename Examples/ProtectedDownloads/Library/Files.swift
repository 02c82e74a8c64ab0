import Glibc
import SystemPackage

/// File operations for the site's own files.
enum Files {
    /// Reads a small file.
    static func read(_ path: FilePath) throws -> [UInt8] {
        do {
            let file = try FileDescriptor.open(path, .readOnly, options: .closeOnExec)
            return try file.closeAfter {
                var bytes: [UInt8] = []
                while true {
                    let chunk = try [UInt8](unsafeUninitializedCapacity: 65536) { buffer, count in
                        count = try file.read(into: UnsafeMutableRawBufferPointer(buffer))
                    }
                    if chunk.isEmpty { return bytes }
                    bytes += chunk
                }
            }
        } catch let error as Errno {
            throw SetupError("\(path): \(error)")
        }
    }

    /// Creates a directory that only this user may enter, unless it exists.
    static func createPrivateDirectory(_ path: FilePath) throws {
        guard path.withPlatformString({ mkdir($0, 0o700) }) == 0 || errno == EEXIST else {
            throw SetupError("\(path): \(Errno(rawValue: errno))")
        }
    }

    /// Creates a file with this content that only this user may read, unless it exists.
    ///
    /// The file appears complete or not at all, so that if several processes start together, one creates it and all
    /// read it.
    static func createPrivateFile(_ path: FilePath, content: [UInt8]) throws {
        var temporary = path
        temporary.extension = "\(getpid())"
        do {
            let file = try FileDescriptor.open(
                temporary, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
            try file.closeAfter { _ = try file.writeAll(content) }
        } catch let error as Errno {
            throw SetupError("\(temporary): \(error)")
        }
        let result = temporary.withPlatformString { from in path.withPlatformString { to in link(from, to) } }
        let error = errno
        _ = temporary.withPlatformString { unlink($0) }
        guard result == 0 || error == EEXIST else { throw SetupError("\(path): \(Errno(rawValue: error))") }
    }

    /// The key of 32 bytes in a file, which is created at the first start.
    static func key(_ path: FilePath) throws -> [UInt8] {
        // The system's random number generator is cryptographically secure.
        try Self.createPrivateFile(path, content: (0..<32).map { _ in UInt8.random(in: 0...255) })
        let bytes = try Self.read(path)
        guard bytes.count == 32 else { throw SetupError("\(path) does not contain a key of 32 bytes; remove it") }
        return bytes
    }
}

/// A failure of the site that its operator can fix.
struct SetupError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
