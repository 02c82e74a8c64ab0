import Glibc

/// The directory of a test run: the downloadable files, the programs, and one directory per web server.
struct Workspace: Sendable {
    /// The workspace of this run; it is removed at the end.
    static var shared: Workspace { get throws { try Self.result.get() } }

    private static let result = Result { try Workspace() }

    let path: String
    /// The directory of the files, `SENDFILE_ROOT`.
    let root: String
    /// The application under test, accessible to every web server's user.
    let program: String
    /// The program sendfile-gate, in the same directory.
    let gate: String

    /// The tolerated growth of a program's memory in bytes: the address sanitizer keeps freed memory, up to 256 MiB.
    let toleratedGrowth = Sanitizer.isAddress ? 512 << 20 : 8 << 20

    private init() throws {
        self.path = try Files.makeTemporaryDirectory()
        Watchdog.shared.remove(atEnd: self.path)
        self.root = "\(self.path)/files"
        self.program = try Self.install("test-application", in: "\(self.path)/bin")
        self.gate = try Self.install("sendfile-gate", in: "\(self.path)/bin")
        try Corpus.write(to: self.root)
    }

    /// Creates a directory in which a web server's user may write.
    func makeDirectory(_ name: String) throws -> String {
        var template = Array("\(self.path)/\(name)-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw Failure.system("create a directory for \(name)") }
        let path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        guard chmod(path, 0o755) == 0 else { throw Failure.system("chmod \(path)") }
        try Files.giveToServer(path)
        return path
    }

    /// The directory of the test build's products.
    static var built: String {
        get throws {
            var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let length = readlink("/proc/self/exe", &buffer, buffer.count)
            guard length > 0 else { throw Failure.system("readlink /proc/self/exe") }
            let tests = String(decoding: buffer[..<length], as: UTF8.self)
            return tests.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        }
    }

    /// Copies a program of this package and its libraries that are not part of the system, because other users may not
    /// be able to read a build directory or a toolchain. The program looks for libraries in its own directory first.
    static func install(_ program: String, in directory: String) throws -> String {
        let path = "\(directory)/\(program)"
        let place = String(Sanitizer.executable(of: path).dropLast(program.utf8.count + 1))
        for directory in [directory, place] where access(directory, F_OK) != 0 { try Files.makeDirectory(directory) }
        // Tests/soak has optimised programs elsewhere.
        let built = try getenv("TESTED_PROGRAMS").map { String(cString: $0) } ?? Self.built
        let script = """
            set -eu
            cp "$1/$3" "$2/"
            ldd "$1/$3" | sed -n 's/.* => \\(\\/[^ ]*\\) .*/\\1/p' | while read -r library; do
                case $library in /lib/* | /lib64/* | /usr/lib/*) ;; *) cp -L "$library" "$2/" ;; esac
            done
            chmod -R a+rX "$2"
            """
        let log = "\(directory).log"
        let copy = try ChildProcess(["sh", "-c", script, "sh", built, place, program], log: log)
        guard try copy.waitForEnd() == .exited(0) else {
            throw Failure("cannot copy \(program): \(try Files.text(log))")
        }
        if Sanitizer.executable(of: path) != path { try Sanitizer.writeScript(for: path) }
        return path
    }
}
