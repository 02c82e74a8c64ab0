import Glibc
import SystemPackage

/// A directory that is removed with its content when the last reference to this object is released.
final class TemporaryDirectory: Sendable {
    /// The directory's absolute path.
    let path: String

    init() throws {
        var template = Array("/tmp/sendfile-tests.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Errno(rawValue: errno) }
        self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        Self.remove(FilePath(self.path))
    }

    /// The absolute path of something in the directory.
    func path(_ name: String) -> String { self.path + "/" + name }

    /// Makes a directory and the ones above it.
    func makeDirectory(_ name: String) throws {
        var path = self.path
        for component in name.split(separator: "/") {
            path += "/" + component
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw Errno(rawValue: errno) }
        }
    }

    /// The default modification time of files in tests: 2020-09-13T12:26:40Z.
    static let usualTime = 1_600_000_000

    /// Writes a file, whose name may be any bytes; without a time, the file is modified now.
    func write(_ name: String, _ content: String, modificationTime: Int? = TemporaryDirectory.usualTime) throws {
        try self.write(Array(name.utf8), content, modificationTime: modificationTime)
    }

    func write(_ name: [UInt8], _ content: String, modificationTime: Int? = TemporaryDirectory.usualTime) throws {
        if let slash = name.lastIndex(of: UInt8(ascii: "/")) {
            try self.makeDirectory(String(decoding: name[..<slash], as: UTF8.self))
        }
        let path = Self.cString(Array(self.path.utf8) + [UInt8(ascii: "/")] + name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Errno(rawValue: errno) }
        defer { close(descriptor) }
        try FileDescriptor(rawValue: descriptor).writeAll(content.utf8)
        if let modificationTime {
            let times = [timespec](repeating: timespec(tv_sec: modificationTime, tv_nsec: 0), count: 2)
            guard futimens(descriptor, times) == 0 else { throw Errno(rawValue: errno) }
        }
    }

    /// Makes a symbolic link.
    func link(_ name: String, to target: String) throws {
        guard symlink(target, self.path(name)) == 0 else { throw Errno(rawValue: errno) }
    }

    func rename(_ name: String, to other: String) throws {
        guard Glibc.rename(self.path(name), self.path(other)) == 0 else { throw Errno(rawValue: errno) }
    }

    func unlink(_ name: String) throws {
        guard Glibc.unlink(self.path(name)) == 0 else { throw Errno(rawValue: errno) }
    }

    private static func cString(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }

    private static func remove(_ path: FilePath) {
        if let stream = path.withPlatformString({ opendir($0) }) {
            var status = stat()
            let isDirectory = path.withPlatformString { lstat($0, &status) } == 0 && status.st_mode & S_IFMT == S_IFDIR
            while isDirectory, let entry = readdir(stream) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
                if name == Array(".".utf8) || name == Array("..".utf8) { continue }
                let bytes = name.map { CChar(bitPattern: $0) } + [0]
                remove(path.appending(FilePath.Component(platformString: bytes)!))
            }
            closedir(stream)
            if isDirectory { _ = path.withPlatformString { rmdir($0) } }
        }
        _ = path.withPlatformString { Glibc.unlink($0) }
    }
}
