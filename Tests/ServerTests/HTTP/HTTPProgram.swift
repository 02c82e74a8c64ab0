import Glibc

/// A program that speaks HTTP, alone or behind a web server.
struct HTTPProgram {
    let client: HTTPClient
    private let processes: [ChildProcess]

    private init(_ description: String, _ port: UInt16, _ processes: [ChildProcess]) throws {
        self.client = HTTPClient(port: port)
        self.processes = processes
        try Deadline.wait("\(description) answers") { [client] in
            guard processes.allSatisfy(\.isRunning) else {
                throw Failure("\(description) has ended:\n\(try processes.map { try Files.text($0.log) }.joined())")
            }
            // 403 without the ticket, and 404 from a program that demands none. A web server alone answers 502 or 503.
            return [200, 403, 404].contains((try? client.get("/files/plain.txt"))?.status)
        }
    }

    /// The example behind a web server.
    ///
    /// - Parameter streams: Whether the program sends the bytes instead of the web server.
    static func hummingbird(behind proxy: HTTPProxy, streams: Bool) throws -> HTTPProgram {
        let workspace = try Workspace.shared
        let directory = try workspace.makeDirectory("http")
        let port = try Address.freePort()
        let socket = "\(directory)/program.sock"
        let program = try Workspace.install("HummingbirdDownloads", in: "\(directory)/bin")
        let environment = ["LISTEN": socket, "SENDFILE_ROOT": workspace.root]
        let processes = [
            try ChildProcess(
                ChildProcess.asServer + [program] + (streams ? [] : [proxy.flag]),
                environment: ChildProcess.plainEnvironment.merging(environment) { $1 },
                log: "\(directory)/program.log"),
            try proxy.start(in: directory, port: port, socket: socket, root: workspace.root),
        ]
        return try HTTPProgram("Hummingbird behind \(proxy)\(streams ? ", by stream" : "")", port, processes)
    }

    /// A program without a web server in front, whose port is the variable `PORT`.
    static func alone(_ name: String, environment: [String: String] = [:]) throws -> HTTPProgram {
        let workspace = try Workspace.shared
        let port = try Address.freePort()
        let environment = environment.merging(["PORT": String(port), "SENDFILE_ROOT": workspace.root]) { $1 }
        let process = try ChildProcess(
            ["\(try Workspace.built)/\(name)"],
            environment: ChildProcess.plainEnvironment.merging(environment) { $1 },
            log: "\(try workspace.makeDirectory("http"))/program.log")
        return try HTTPProgram(name, port, [process])
    }

    /// The kernel's counters of the program.
    var statistics: ProcessStatistics { ProcessStatistics(pid: self.processes[0].pid) }

    func stop() throws {
        for process in self.processes { process.signal(SIGTERM) }
        for process in self.processes { _ = try process.waitForEnd() }
    }

    /// Requests a file, with the ticket that the programs demand.
    func get(_ target: String, _ fields: [String: String] = [:], method: String = "GET") throws -> HTTPAnswer {
        try self.client.send(method, target, fields.merging(["Cookie": "ticket=blue"]) { $1 })
    }
}
