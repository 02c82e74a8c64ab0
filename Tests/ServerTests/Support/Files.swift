import Glibc

/// Creates and reads files whose names are bytes, with modes independent of the umask.
enum Files {
    static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws {
        guard mkdir(path, mode) == 0, chmod(path, mode) == 0 else { throw Failure.system("make directory \(path)") }
    }

    /// Creates the missing directories of `path`, from the byte `start` on.
    static func makeParents(of path: [UInt8], below start: Int) throws {
        for end in path.indices where path[end] == UInt8(ascii: "/") && end > start {
            let name = Self.cString(path[..<end])
            guard (mkdir(name, 0o755) == 0 && chmod(name, 0o755) == 0) || errno == EEXIST else {
                throw Failure.system("make directory \(String(decoding: path[..<end], as: UTF8.self))")
            }
        }
    }

    static func makeTemporaryDirectory() throws -> String {
        var template = Array("/tmp/swift-sendfile-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure.system("make a temporary directory") }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard chmod(path, 0o755) == 0 else { throw Failure.system("chmod \(path)") }
        return path
    }

    static func write(_ bytes: some Sequence<UInt8>, to path: some Collection<UInt8>, mode: mode_t = 0o644) throws {
        let name = Self.cString(path)
        let descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw Failure.system("create \(String(decoding: path, as: UTF8.self))") }
        defer { close(descriptor) }
        let bytes = Array(bytes)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fchmod(descriptor, mode) == 0 else {
            throw Failure.system("write \(String(decoding: path, as: UTF8.self))")
        }
        try Self.makeOld(descriptor)
    }

    static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        try Self.write(text.utf8, to: path.utf8, mode: mode)
    }

    /// Creates a sparse file of `size` bytes with `marks` at these offsets.
    static func writeSparse(size: Int, marks: [Int: String], to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Failure.system("create \(path)") }
        defer { close(descriptor) }
        guard ftruncate(descriptor, size) == 0, fchmod(descriptor, 0o644) == 0 else {
            throw Failure.system("truncate \(path)")
        }
        for (offset, text) in marks {
            let bytes = Array(text.utf8)
            guard pwrite(descriptor, bytes, bytes.count, offset) == bytes.count else {
                throw Failure.system("write \(path)")
            }
        }
        try Self.makeOld(descriptor)
    }

    /// Sets an older modification time. A file of the last minute may still change within the second of Last-Modified,
    /// and Apache then does not use it as a validator (RFC 9110 §8.8.2.2).
    private static func makeOld(_ descriptor: Int32) throws {
        let time = timespec(tv_sec: 1_600_000_000, tv_nsec: 0)
        guard futimens(descriptor, [time, time]) == 0 else { throw Failure.system("futimens") }
    }

    static func makeLink(_ path: String, to target: String) throws {
        guard symlink(target, path) == 0 else { throw Failure.system("link \(path)") }
    }

    static func makePipe(_ path: String) throws {
        guard mkfifo(path, 0o644) == 0 else { throw Failure.system("make pipe \(path)") }
    }

    /// Creates an endless character device, if the tests may.
    static func makeZeroDevice(_ path: String) throws {
        guard mknod(path, S_IFCHR | 0o666, 1 << 8 | 5) == 0 || errno == EPERM else {
            throw Failure.system("make device \(path)")
        }
    }

    static func read(_ path: String, from offset: Int = 0) throws -> [UInt8] {
        try Self.read(Array(path.utf8), from: offset)
    }

    static func read(_ path: [UInt8], from offset: Int = 0) throws -> [UInt8] {
        let descriptor = open(Self.cString(path), O_RDONLY | O_CLOEXEC)
        let path = String(decoding: path, as: UTF8.self)
        guard descriptor >= 0 else { throw Failure.system("open \(path)") }
        defer { close(descriptor) }
        lseek(descriptor, offset, SEEK_SET)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw Failure.system("read \(path)") }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    static func text(_ path: String, from offset: Int = 0) throws -> String {
        String(decoding: try Self.read(path, from: offset), as: UTF8.self)
    }

    /// The names in a directory, sorted.
    static func names(in directory: String) throws -> [String] {
        guard let stream = opendir(directory) else { throw Failure.system("open \(directory)") }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    static func size(_ path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_size : 0
    }

    static func mode(_ path: String) throws -> mode_t {
        var status = stat()
        guard stat(path, &status) == 0 else { throw Failure.system("stat \(path)") }
        return status.st_mode & 0o7777
    }

    static func remove(_ path: String) throws {
        guard unlink(path) == 0 else { throw Failure.system("remove \(path)") }
    }

    /// Gives a file to the web servers' user, if the tests may.
    static func giveToServer(_ path: String) throws {
        guard geteuid() == 0 else { return }
        guard let user = getpwnam("www-data") else { throw Failure("there is no user www-data") }
        guard chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else { throw Failure.system("chown \(path)") }
    }

    private static func cString(_ path: some Collection<UInt8>) -> [CChar] {
        path.map(CChar.init(bitPattern:)) + [0]
    }
}
