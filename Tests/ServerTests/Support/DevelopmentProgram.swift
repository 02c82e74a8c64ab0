import Glibc
import Testing

/// A program behind a web server that it has started.
struct DevelopmentProgram {
    let process: ChildProcess
    let directory: String
    private let hasOwnNetwork: Bool

    /// - Parameters:
    ///   - arguments: The arguments after `--development 0`.
    ///   - addresses: The addresses of the program's own network, in addition to those of the loopback interface; `nil` for
    ///     the tests' network.
    ///   - asRoot: Whether the program keeps the tests' user. Otherwise it runs as the web servers' user, if the tests may.
    init(
        _ arguments: [String], environment: [String: String] = [:], program: String? = nil, asRoot: Bool = false,
        port: String = "0", addresses: [String]? = nil
    ) throws {
        let workspace = try Workspace.shared
        self.directory = try workspace.makeDirectory("development")
        self.hasOwnNetwork = addresses != nil
        let temporary = "\(self.directory)/temporary"
        try Files.makeDirectory(temporary, mode: 0o777)
        let log = "\(self.directory)/program.log"
        ProgramLogs.current?.add(log)
        self.process = try ChildProcess(
            Self.inNetwork(addresses) + (asRoot ? [] : ChildProcess.asServer) + [
                program ?? workspace.program, "--development", port,
            ]
                + arguments,
            environment: ChildProcess.plainEnvironment.merging([
                "SENDFILE_ROOT": workspace.root, "TMPDIR": temporary,
                "FASTCGI_ACCESS_LOG": "\(self.directory)/access.log", "FASTCGI_DRAIN_TIMEOUT": "5",
                // The web server's socket replaces it.
                "FASTCGI_LISTEN": "/nonexistent/program.sock",
            ]) { $1 }.merging(environment) { $1 },
            log: log)
    }

    var log: String { (try? Files.text(self.process.log)) ?? "" }

    /// The line with the address, without the address.
    var description: String {
        get throws { String(try self.announcement().description) }
    }

    /// The command that runs another one in a new network.
    private static func inNetwork(_ addresses: [String]?) -> [String] {
        guard let addresses else { return [] }
        let lines =
            ["set -e", "ip link set lo up"] + addresses.map { "ip addr add \($0) dev lo nodad" } + [#"exec "$@""#]
        return ["unshare", "--net", "sh", "-c", lines.joined(separator: "\n"), "sh"]
    }

    func client() throws -> HTTPClient {
        let (host, port, _) = try self.announcement()
        return HTTPClient(
            port: port, host: host, network: self.hasOwnNetwork ? try Network(of: self.process.pid) : .own)
    }

    /// The host of the printed address, without brackets.
    var host: String { get throws { try self.announcement().host } }

    /// Waits for the line with the address.
    private func announcement() throws -> (host: String, port: UInt16, description: Substring) {
        let line = /^http:\/\/\[?([^\/]*?)\]?:(\d+)\/ \((.*)\)$/.anchorsMatchLineEndings()
        try Deadline.wait("the program has printed its address: \(self.log)") {
            self.log.contains(line) || !self.process.isRunning
        }
        let match = try #require(self.log.firstMatch(of: line), "\(self.log)")
        return (String(match.output.1), try #require(UInt16(match.output.2)), match.output.3)
    }

    /// The delivery of each download, from the access log.
    var deliveries: [String] {
        get throws {
            try Files.text("\(self.directory)/access.log").matches(of: /"delivery":"([^"]*)"/).map {
                String($0.output.1)
            }
        }
    }

    /// The directories of web servers that exist.
    var leftovers: [String] { get throws { try Files.names(in: "\(self.directory)/temporary") } }

    /// Ends the program and waits for the end of all its processes.
    func end(_ signal: Int32 = SIGTERM) throws -> ChildProcess.End {
        self.process.signal(signal)
        return try self.process.waitForEnd()
    }

    /// The first process of the web server: a child of the shell that waits for it.
    func webServer() throws -> pid_t {
        for name in try Files.names(in: "/proc") {
            guard let pid = pid_t(name), let command = try? Files.text("/proc/\(pid)/cmdline"),
                command.hasPrefix("sh\0"), command.contains("\(self.directory)/temporary/")
            else { continue }
            for child in try Self.children(of: pid) {
                if let command = try? Files.text("/proc/\(child)/cmdline"), command.contains("\(self.directory)/"),
                    !command.hasPrefix("sh\0")
                {
                    return child
                }
            }
        }
        throw Failure("no web server runs: \(self.log)")
    }

    /// The child processes of a process.
    static func children(of pid: pid_t) throws -> [pid_t] {
        try Files.text("/proc/\(pid)/task/\(pid)/children").split(separator: " ").compactMap { pid_t($0) }
    }
}
