import Glibc

/// HAProxy as the only server, with the unmodified `conf/haproxy` and the application under test.
final class HAProxySite: AnsweringSite {
    let title = "HAProxy"
    let root: String
    let client: HTTPClient
    let directory: String
    private let processes: [ChildProcess]

    /// Starts both and waits until a request is answered.
    ///
    /// - Parameters:
    ///   - settings: Texts of the configuration and their replacements.
    ///   - program: The program; `nil` for the application under test.
    init(settings: [String: String] = [:], program: SiteProgram? = nil) throws {
        let workspace = try Workspace.shared
        let program = try program ?? .testApplication
        let port = try Address.freePort()
        let directory = try workspace.makeDirectory("haproxy")
        let values = [
            "PORT": String(port), "PROGRAM": program.path, "SOCKET": "\(directory)/sendfile.sock",
            "ROOT": program.root, "RUN": directory,
        ]
        for folder in ["haproxy", "systemd"] {
            try ConfigurationFiles.fill(folder, into: directory, values: values)
        }
        try ConfigurationFiles.change(settings, in: directory, files: ["haproxy.cfg"])
        let service = try SystemdService(unitsIn: directory).start(
            environment: program.environment, log: "\(directory)/program.log")
        let server = try ChildProcess(
            ChildProcess.asServer + ["haproxy", "-db", "-f", "\(directory)/haproxy.cfg"],
            log: "\(directory)/server.log")
        self.root = program.root
        self.client = HTTPClient(port: port)
        self.directory = directory
        self.processes = [service, server]
        let deadline = time(nil) + Socket.patience
        // 401 if HAProxy asks for a password.
        while ![200, 401].contains((try? self.client.get("/ready"))?.status) {
            guard server.isRunning, time(nil) < deadline else {
                throw Failure("HAProxy does not answer.\n\(try Files.text(server.log))\(try Files.text(service.log))")
            }
            usleep(10_000)
        }
    }

    func stop() throws {
        for process in self.processes.reversed() { process.signal(SIGTERM) }
        for process in self.processes { _ = try process.waitForEnd() }
    }

    func logsFromNow() throws -> @Sendable () throws -> String {
        let logs = self.processes.map(\.log)
        let sizes = logs.map { Files.size($0) }
        return { try zip(logs, sizes).map { try Files.text($0, from: $1) }.joined() }
    }

    func check(logs: () throws -> String) throws {
        if Sanitizer.isPresent, try logs().contains("Sanitizer: ") {
            throw Failure("a sanitizer reports:\n\(try logs())")
        }
    }
}
