import Glibc

/// A program that speaks HTTP, alone or behind nginx with `conf/nginx/http.conf`.
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
            // 403 without the ticket, and 404 from a program that demands none. nginx alone answers 502.
            return [200, 403, 404].contains((try? client.get("/files/plain.txt"))?.status)
        }
    }

    /// The example behind nginx; the flag says that nginx sends the bytes.
    static func hummingbird(_ flags: [String]) throws -> HTTPProgram {
        let workspace = try Workspace.shared
        let directory = try workspace.makeDirectory("http")
        let port = try Address.freePort()
        let values = [
            "PORT": String(port), "SOCKET": "\(directory)/program.sock", "ROOT": workspace.root, "RUN": directory,
        ]
        try ConfigurationFiles.fill("nginx", into: directory, values: values, files: ["nginx.conf", "http.conf"])
        try ConfigurationFiles.change(
            ["include sendfile.conf;": "include http.conf;"], in: directory, files: ["nginx.conf"])
        let program = try Workspace.install("HummingbirdDownloads", in: "\(directory)/bin")
        let environment = ["LISTEN": "\(directory)/program.sock", "SENDFILE_ROOT": workspace.root]
        let processes = [
            try ChildProcess(
                ChildProcess.asServer + [program] + flags,
                environment: ChildProcess.plainEnvironment.merging(environment) { $1 },
                log: "\(directory)/program.log"),
            try ChildProcess(WebServer.nginx.command(run: directory), log: "\(directory)/server.log"),
        ]
        return try HTTPProgram("Hummingbird \(flags.joined(separator: " ")) behind nginx", port, processes)
    }

    /// A program without a web server in front, whose port is the variable `PORT` or the last argument.
    static func alone(_ name: String, _ arguments: [String] = []) throws -> HTTPProgram {
        let workspace = try Workspace.shared
        let port = try Address.freePort()
        let environment = ["PORT": String(port), "SENDFILE_ROOT": workspace.root]
        let process = try ChildProcess(
            ["\(try Workspace.built)/\(name)"] + arguments + [String(port)],
            environment: ChildProcess.plainEnvironment.merging(environment) { $1 },
            log: "\(try workspace.makeDirectory("http"))/program.log")
        return try HTTPProgram(name, port, [process])
    }

    func stop() throws {
        for process in self.processes { process.signal(SIGTERM) }
        for process in self.processes { _ = try process.waitForEnd() }
    }

    /// Requests a file, with the ticket that the programs demand.
    func get(_ target: String, _ fields: [String: String] = [:], method: String = "GET") throws -> HTTPAnswer {
        try self.client.send(method, target, fields.merging(["Cookie": "ticket=blue"]) { $1 })
    }
}
