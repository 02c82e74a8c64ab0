import Glibc

/// Starts the program as systemd does with `sendfile.socket` and `sendfile.service`: on a socket that is made before, and as a user
/// who is not root.
struct SystemdService {
    private let socket: [(name: String, value: String)]
    private let service: [(name: String, value: String)]

    /// Reads the filled-in units in a directory.
    init(unitsIn directory: String) throws {
        self.socket = try Self.settings("\(directory)/sendfile.socket")
        self.service = try Self.settings("\(directory)/sendfile.service")
    }

    /// Makes the socket and starts the program.
    func start(environment extra: [String: String] = [:], log: String) throws -> ChildProcess {
        let path = try Self.value("ListenStream", in: self.socket)
        let listener = try Address.unix(path: path).listen()
        defer { close(listener) }
        guard let mode = mode_t(try Self.value("SocketMode", in: self.socket), radix: 8), chmod(path, mode) == 0 else {
            throw Failure.system("chmod \(path)")
        }
        try Files.giveToServer(path)

        var environment = ChildProcess.plainEnvironment.merging(extra) { $1 }
        environment["LISTEN_FDS"] = "1"
        // LISTEN_PID is the program's own number, which only the process itself knows before it becomes the program.
        let program = try Self.value("ExecStart", in: self.service)
        return try ChildProcess(
            ChildProcess.asServer + ["sh", "-c", "LISTEN_PID=$$ exec \"$0\"", program], environment: environment,
            descriptors: [3: listener], log: log)
    }

    private static func settings(_ path: String) throws -> [(name: String, value: String)] {
        try Files.text(path).split(separator: "\n").filter { !$0.hasPrefix("#") && $0.contains("=") }.map { line in
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts[1]))
        }
    }

    private static func value(_ name: String, in settings: [(name: String, value: String)]) throws -> String {
        guard let setting = settings.first(where: { $0.name == name }) else { throw Failure("a unit without \(name)=") }
        return setting.value
    }
}
