import Glibc

/// Starts the program as systemd does with a `.socket` and a `.service`: on an existing socket, and as a user other
/// than root.
struct SystemdService {
    private let directory: String
    private let socket: [(name: String, value: String)]
    private let service: [(name: String, value: String)]

    /// Reads the filled-in units of this name in a directory.
    init(unitsIn directory: String, name: String = "sendfile") throws {
        self.directory = directory
        self.socket = try Self.settings("\(directory)/\(name).socket")
        self.service = try Self.settings("\(directory)/\(name).service")
    }

    /// Creates the socket and starts the program; a wrapper is a command that starts it in turn.
    func start(
        environment extra: [String: String] = [:], wrapper: [String] = [], log: String
    ) throws -> ChildProcess {
        let path = try Self.value("ListenStream", in: self.socket)
        let listener = try Address.unix(path: path).listen()
        defer { close(listener) }
        guard let mode = mode_t(try Self.value("SocketMode", in: self.socket), radix: 8), chmod(path, mode) == 0 else {
            throw Failure.system("chmod \(path)")
        }
        try Files.giveToServer(path)

        var environment = ChildProcess.plainEnvironment.merging(extra) { $1 }
        let credentials = try self.loadCredentials()
        for (name, value) in self.service where name == "Environment" {
            let parts = value.split(separator: "=", maxSplits: 1)
            environment[String(parts[0])] = String(parts[1]).replacing("%d", with: credentials)
        }
        environment["LISTEN_FDS"] = "1"
        // LISTEN_PID must be the program's process id, which is known only to the process before it executes the
        // program.
        let program = try Self.value("ExecStart", in: self.service).split(separator: " ").map(String.init)
        return try ChildProcess(
            wrapper + ChildProcess.asServer + ["sh", "-c", "LISTEN_PID=$$ exec \"$0\" \"$@\""] + program,
            environment: environment,
            descriptors: [3: listener], log: log)
    }

    /// Creates the directory `%d` with the files of `LoadCredential=`, readable by the program's user only.
    private func loadCredentials() throws -> String {
        let directory = "\(self.directory)/credentials"
        for (name, value) in self.service where name == "LoadCredential" {
            let parts = value.split(separator: ":", maxSplits: 1).map(String.init)
            if access(directory, F_OK) != 0 { try Files.makeDirectory(directory, mode: 0o700) }
            try Files.write(try Files.read(parts[1]), to: "\(directory)/\(parts[0])".utf8, mode: 0o400)
            for path in [directory, "\(directory)/\(parts[0])"] { try Files.giveToServer(path) }
        }
        return directory
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
