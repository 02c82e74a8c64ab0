import Glibc
import Sendfile

/// A Debian machine with its own systemd, network and packages, booted once for all tests and removed at the end.
///
/// Its root is an overlay above the one that `make-root` creates, so changes by tests are not kept.
final class Machine: Sendable {
    let release: Release
    /// The network namespace of the machine.
    let network: Network
    /// The first process of the machine, started by systemd-nspawn.
    private let leader: pid_t
    private let process: ChildProcess
    private let directory: String

    /// The directory of the scripts that create and boot a root.
    static let folder = #filePath.prefix(upTo: #filePath.lastIndex(of: "/") ?? #filePath.endIndex)

    /// The directory of the programs under test in the machine.
    static let programs = "/usr/local/bin"
    /// The directory of the downloadable files in the machine.
    static let root = "/srv/files"

    /// The machine of a release; booted on first use.
    static func running(_ release: Release) throws -> Machine {
        try self.machines.withLock { machines in
            if let machine = machines[release] { return try machine.get() }
            // A machine that does not boot is not tried again by each test.
            let machine = Result { try Machine(booting: release) }
            machines[release] = machine
            return try machine.get()
        }
    }

    private static let machines = Locked<[Release: Result<Machine, any Error>]>([:])

    private init(booting release: Release) throws {
        let directory = try Workspace.shared.makeDirectory("machine-\(release.rawValue)")
        let root = try Self.root(of: release, log: "\(directory)/make-root.log")
        let process = try ChildProcess(
            ["\(Self.folder)/boot", root, "\(release.rawValue)-\(getpid())"], log: "\(directory)/console.log")
        self.release = release
        self.directory = directory
        self.process = process
        self.leader = try Self.leader(of: process)
        self.network = try Network(of: self.leader)
        try self.waitUntilBooted()
        try Corpus.write(to: self.path(Self.root), seenAs: Self.root)
        for program in try MachinePrograms.shared.get().paths {
            let name = program.split(separator: "/").last ?? ""
            try self.run("cat >\(Self.programs)/\(name) && chmod 755 \(Self.programs)/\(name)", input: program)
        }
    }

    /// Creates the root with a script, unless it exists.
    private static func root(of release: Release, log: String) throws -> String {
        var environment = ChildProcess.plainEnvironment
        for name in ["HOME", "XDG_CACHE_HOME"] { environment[name] = getenv(name).map { String(cString: $0) } }
        let process = try ChildProcess(
            ["\(Self.folder)/in-group", "root-\(getpid())", "\(Self.folder)/make-root", release.rawValue],
            environment: environment, log: log)
        let end = try process.waitForEnd(seconds: 1_200)
        let lines = try Files.text(log).split(separator: "\n")
        guard end == .exited(0), let path = lines.last else {
            throw Failure("make-root \(release.rawValue): \(end)\n\(lines.suffix(20).joined(separator: "\n"))")
        }
        return String(path)
    }

    private static func leader(of process: ChildProcess) throws -> pid_t {
        let children = "/proc/\(process.pid)/task/\(process.pid)/children"
        return try Self.wait("a machine is started", log: process.log) {
            let pid = try? Files.text(children).split(separator: " ").first.flatMap { pid_t($0) }
            // At first, the process is a copy of systemd-nspawn that prepares the namespaces.
            guard let pid, (try? Files.text("/proc/\(pid)/comm")) == "systemd\n" else { return nil }
            return pid
        }
    }

    private func waitUntilBooted() throws {
        let state = try Self.wait("\(self.release.testDescription) boots", log: self.process.log) {
            let state = try self.attempt("systemctl is-system-running").output
            return ["running", "degraded"].first { state == "\($0)\n" }
        }
        guard state == "running" else {
            throw Failure("\(self.release.testDescription): \(try self.attempt("systemctl --failed").output)")
        }
    }

    @discardableResult
    private static func wait<Value>(_ what: String, log: String, _ body: () throws -> Value?) throws -> Value {
        let deadline = time(nil) + Socket.patience
        while time(nil) < deadline {
            if let value = try body() { return value }
            usleep(20_000)
        }
        throw Failure("timed out waiting until \(what)\n\(try Files.text(log))")
    }

    /// Waits for a condition.
    func wait(_ what: String, _ body: () throws -> Bool) throws {
        try Self.wait("\(self.release.testDescription): \(what)", log: self.process.log) { try body() ? true : nil }
    }

    /// The path of the machine's file as the tests see it. Absolute symbolic links in the path would be resolved in the
    /// tests' own root.
    func path(_ path: String) -> String { "/proc/\(self.leader)/root\(path)" }

    /// The command that runs a shell script in the machine, as root and with the environment of a service.
    func command(_ script: String) -> [String] {
        [
            "nsenter", "--target", String(self.leader), "--mount", "--uts", "--ipc", "--net", "--pid", "--root", "--wd",
            "sh", "-euc", script,
        ]
    }

    /// The beginning of a command that runs a program of the tests in the machine's network.
    var client: [String] { ["nsenter", "--target", String(self.leader), "--net"] }

    /// Runs a shell script in the machine.
    ///
    /// - Parameter input: A file of the tests for standard input.
    /// - Returns: The exit status, and the combined standard output and standard error.
    func attempt(
        _ script: String, input: String? = nil, seconds: Int = 120
    ) throws -> (end: ChildProcess.End, output: String) {
        var template = Array("\(self.directory)/command-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw Failure.system("create a file in \(self.directory)") }
        close(descriptor)
        let log = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
        defer { unlink(log) }
        var descriptors: [Int32: Int32] = [:]
        if let input {
            let file = open(input, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw Failure.system("open \(input)") }
            descriptors[0] = file
        }
        defer { if let file = descriptors[0] { close(file) } }
        let process = try ChildProcess(self.command(script), descriptors: descriptors, log: log)
        return (try process.waitForEnd(seconds: seconds), try Files.text(log))
    }

    /// Runs a shell script in the machine; throws unless it exits with 0.
    @discardableResult
    func run(_ script: String, input: String? = nil, seconds: Int = 120) throws -> String {
        let (end, output) = try self.attempt(script, input: input, seconds: seconds)
        guard end == .exited(0) else { throw Failure("\(self.release.testDescription): \(script): \(end)\n\(output)") }
        return output
    }

    /// A property of a systemd unit.
    func property(_ name: String, of unit: String = "sendfile.service") throws -> String {
        String(try self.run("systemctl show --value --property=\(name) \(unit)").dropLast())
    }

    /// Writes a file of the machine.
    func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        try Files.write(text, to: self.path(path), mode: mode)
    }

    /// Returns a function that returns the journal's lines since this call.
    func journal() throws -> @Sendable () throws -> String {
        let cursor = try self.run("journalctl --quiet --lines=0 --show-cursor").split(separator: "\n").last ?? ""
        let after = cursor.replacing("-- cursor: ", with: "")
        return { try self.run("journalctl --sync; journalctl --quiet --no-pager --after-cursor='\(after)'") }
    }

    func client(port: UInt16) -> HTTPClient { HTTPClient(port: port, network: self.network) }
}
