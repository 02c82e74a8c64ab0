import FastCGI
import Glibc
import SystemPackage

/// A directory with an access log, removed at the end.
final class AccessLogFile: Sendable {
    let directory: String
    let path: String

    init() {
        self.directory = ScratchDirectory.make()
        self.path = self.directory + "/access.jsonl"
    }

    deinit {
        for name in self.names { unlink("\(self.directory)/\(name)") }
        rmdir(self.directory)
    }

    var names: [String] {
        guard let stream = opendir(self.directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// A server's settings with this log.
    var configuration: FastCGIServer.Configuration {
        get throws {
            var configuration = FastCGIServer.Configuration()
            configuration.accessLog = try AccessLog(file: FilePath(self.path))
            return configuration
        }
    }

    /// The bytes of the log, or of another file of the directory.
    func bytes(_ name: String = "access.jsonl") -> [UInt8] {
        let descriptor = open("\(self.directory)/\(name)", O_RDONLY)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
        }
    }

    /// The lines of the log, or of another file; each must be complete and JSON.
    func lines(_ name: String = "access.jsonl") throws -> [JSON] {
        let bytes = self.bytes(name)
        guard !bytes.isEmpty else { return [] }
        guard bytes.last == UInt8(ascii: "\n") else { throw JSON.Malformed(description: "half a line") }
        return try bytes.dropLast().split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map(
            JSON.init)
    }

    /// Waits until the log has this many lines, because each is written after its response.
    func lines(count: Int, _ name: String = "access.jsonl") async throws -> [JSON] {
        try await RunningServer.wait { self.bytes(name).count { $0 == UInt8(ascii: "\n") } >= count }
        return try self.lines(name)
    }
}
