import Glibc
import Sendfile

/// A running web server with the application under test behind it.
final class Site: Sendable {
    let delivery: Delivery
    let port: UInt16
    let root: String
    /// The directory of its configuration, sockets and logs.
    let directory: String
    let processes: [ChildProcess]

    /// The site of a delivery; started on first use, and shared by all tests.
    static func shared(_ delivery: Delivery) throws -> Site {
        try self.sites.withLock { sites in
            if let site = sites[delivery] { return site }
            let site = try Site(delivery)
            sites[delivery] = site
            return site
        }
    }

    private static let sites = Locked<[Delivery: Site]>([:])

    /// Starts the web server, and the program if the server does not, and waits until a request is answered.
    ///
    /// - Parameters:
    ///   - delivery: The server and its way to send files.
    ///   - socket: The address where the test runs its own programs; `nil` to start one.
    ///   - settings: Texts of the server's configuration and their replacements.
    ///   - option: An option of the configuration, whose lines begin with its name.
    ///   - program: The program; `nil` for the application under test.
    init(
        _ delivery: Delivery, socket: String? = nil, settings: [String: String] = [:], option: String? = nil,
        program: SiteProgram? = nil
    ) throws {
        self.delivery = delivery
        let workspace = try Workspace.shared
        let program = try program ?? .testApplication
        self.root = program.root
        // Another process may take a free port.
        var attempts = 3
        while true {
            attempts -= 1
            let directory = try workspace.makeDirectory(delivery.server.folder)
            let port = try Address.freePort()
            let values = [
                "PORT": String(port), "PROGRAM": program.path,
                "SOCKET": socket ?? "\(directory)/sendfile.sock", "ROOT": program.root, "RUN": directory,
            ]
            try ConfigurationFiles.fill(
                delivery.server.folder, into: directory, values: values, backend: delivery.streams ? "stream" : nil)
            if let option {
                try ConfigurationFiles.enable(option, in: directory, files: delivery.server.files)
            }
            try ConfigurationFiles.change(settings, in: directory, files: delivery.server.files)
            var processes: [ChildProcess] = []
            if !delivery.server.startsProgram, socket == nil {
                try ConfigurationFiles.fill("systemd", into: directory, values: values)
                processes.append(
                    try SystemdService(unitsIn: directory).start(
                        environment: program.environment, wrapper: delivery.wrapper, log: "\(directory)/program.log"))
            }
            let user = delivery.server.dropsPrivileges ? [] : ChildProcess.asServer
            let command = delivery.wrapper + user + delivery.server.command(run: directory)
            let server = try ChildProcess(command, log: "\(directory)/server.log")
            processes.append(server)
            if Self.answers(port: port, target: program.readyTarget, while: server) {
                self.port = port
                self.directory = directory
                self.processes = processes
                return
            }
            for process in processes where process.isRunning { process.signal(SIGKILL) }
            for process in processes { _ = try process.waitForEnd() }
            guard attempts > 0 else {
                throw Failure("\(delivery.testDescription) does not answer.\n\(Self.logs(in: directory))")
            }
        }
    }

    private static func answers(port: UInt16, target: String, while server: ChildProcess) -> Bool {
        let deadline = time(nil) + Socket.patience
        while server.isRunning, time(nil) < deadline {
            if let answer = try? HTTPClient(port: port).get(target), answer.status == 200 { return true }
            usleep(10_000)
        }
        return false
    }

    /// Stops the servers of a site that is not shared.
    func stop() throws {
        for process in self.processes.reversed() { process.signal(SIGTERM) }
        for process in self.processes { _ = try process.waitForEnd() }
        try self.check { self.logs() }
    }

    /// Sends the web server a signal.
    func signalServer(_ number: Int32) { self.processes.last?.signal(number) }

    var client: HTTPClient { HTTPClient(port: self.port) }

    /// The process of the application.
    func program() throws -> ProcessStatistics {
        let answer = try self.client.get("/pid")
        guard let pid = pid_t(answer.text) else { throw Failure("/pid answered \(answer.status) \(answer.text)") }
        return ProcessStatistics(pid: pid)
    }

    /// The log output of the server and the program, each log from the given offset.
    func logs(from offsets: [String: Int] = [:]) -> String { Self.logs(in: self.directory, from: offsets) }

    /// The current length of each log.
    var logSizes: [String: Int] {
        let names = (try? Files.names(in: self.directory)) ?? []
        let logs = names.filter { $0.hasSuffix(".log") }
        return Dictionary(uniqueKeysWithValues: logs.map { ($0, Files.size("\(self.directory)/\($0)")) })
    }

    private static func logs(in directory: String, from offsets: [String: Int] = [:]) -> String {
        let names = (try? Files.names(in: directory)) ?? []
        return names.filter { $0.hasSuffix(".log") }.map { name in
            let text = (try? Files.text("\(directory)/\(name)", from: offsets[name] ?? 0)) ?? "cannot be read\n"
            return "--- \(name)\n\(text.isEmpty ? "nothing\n" : text)"
        }.joined()
    }
}
