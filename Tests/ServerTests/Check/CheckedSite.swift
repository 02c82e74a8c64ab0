import Glibc

/// A web server with the files of `conf`, unchanged or with one fault, and the application under test.
final class CheckedSite: Sendable {
    /// The state of the program, if the web server does not start it.
    enum Program: Sendable {
        case running
        /// The program was never started.
        case missing
        /// The program has ended and left its socket.
        case ended
        /// The program does not respond any more.
        case stuck
        /// The program runs, and its socket belongs to another user.
        case closed
    }

    let port: UInt16
    let directory: String
    /// `SENDFILE_ROOT`, which contains `reports/q3.pdf`.
    let root: String
    let socket: String
    private let processes: [ChildProcess]

    /// Starts everything and waits for any response of the web server.
    ///
    /// - Parameters:
    ///   - edits: Replacements in the configuration; `@ROOT@` and similar placeholders are replaced.
    ///   - backend: Another value of `SENDFILE_BACKEND`.
    ///   - prepare: Called with the root before anything starts.
    init(
        _ server: WebServer, edits: [(old: String, new: String)] = [], backend: String? = nil,
        program: Program = .running, prepare: (String) throws -> Void = { _ in }
    ) throws {
        let workspace = try Workspace.shared
        self.directory = try workspace.makeDirectory("checked")
        self.root = "\(try workspace.makeDirectory("srv"))/files"
        self.socket = "\(self.directory)/sendfile.sock"
        self.port = try Address.freePort()
        try Self.writeFiles(self.root)
        try prepare(self.root)

        let values = [
            "PORT": String(self.port), "PROGRAM": workspace.program, "SOCKET": self.socket, "ROOT": self.root,
            "RUN": self.directory,
        ]
        try ConfigurationFiles.fill(
            server.folder, into: self.directory, values: values, backend: backend, files: server.files)
        try Self.edit(edits, in: self.directory, values: values)
        var processes: [ChildProcess] = []
        if !server.startsProgram {
            switch program {
            case .running, .stuck, .closed:
                try ConfigurationFiles.fill("systemd", into: self.directory, values: values)
                let service = try SystemdService(unitsIn: self.directory)
                processes.append(try service.start(log: "\(self.directory)/program.log"))
            case .missing: break
            case .ended:
                close(try Address.unix(path: self.socket).listen())
                try Files.giveToServer(self.socket)
            }
        }
        let user = server.dropsPrivileges ? [] : ChildProcess.asServer
        let process = try ChildProcess(
            user + server.command(run: self.directory), log: "\(self.directory)/server.log")
        processes.append(process)
        self.processes = processes

        let deadline = time(nil) + Socket.patience
        while (try? HTTPClient(port: self.port).get("/ready")) == nil {
            guard process.isRunning, time(nil) < deadline else {
                throw Failure("\(server.rawValue) does not answer.\n\(self.logs)")
            }
            usleep(10_000)
        }
        try self.spoil(program)
    }

    /// Puts the program into the requested state, after the web server has responded.
    private func spoil(_ program: Program) throws {
        switch program {
        case .running, .missing, .ended: return
        case .stuck: self.processes[0].signal(SIGSTOP)
        case .closed:
            guard chown(self.socket, 0, 0) == 0, chmod(self.socket, 0o600) == 0 else { throw Failure.system("chown") }
        }
    }

    var logs: String {
        ((try? Files.names(in: self.directory)) ?? []).filter { $0.hasSuffix(".log") }.map { name in
            "--- \(name)\n\((try? Files.text("\(self.directory)/\(name)")) ?? "")"
        }.joined()
    }

    func stop() throws {
        for process in self.processes.reversed() {
            process.signal(SIGTERM)
            process.signal(SIGCONT)
        }
        for process in self.processes { _ = try process.waitForEnd() }
    }

    /// The arguments with everything that is known about this site.
    ///
    /// - Parameter header: A header field that gives access to the file.
    func arguments(_ more: [String] = [], header: String = "Cookie: user=alice") throws -> [String] {
        let cookie = "\(self.directory)/cookie"
        try Files.write("\(header)\n", to: cookie, mode: 0o600)
        return [
            "--url", "http://127.0.0.1:\(self.port)/private/reports/q3.pdf", "--file", "\(self.root)/reports/q3.pdf",
            "--header", "@\(cookie)", "--root", self.root, "--program", try Workspace.shared.program,
            "--write-test-files",
        ] + more.map { $0.replacing("@SOCKET@", with: self.socket) }
    }

    /// Writes the file, and beside the root two directories: one with a file of the same name, and an empty one.
    private static func writeFiles(_ root: String) throws {
        let parent = root.dropLast("/files".count)
        for directory in ["files", "files/reports", "files/public", "other", "other/reports", "empty"] {
            try Files.makeDirectory("\(parent)/\(directory)")
        }
        for (directory, text) in [("files", "the report"), ("other", "old report")] {
            let content = (0..<4096).map { "\(text), line \($0)\n" }.joined()
            try Files.write(content, to: "\(parent)/\(directory)/reports/q3.pdf")
        }
    }

    private static func edit(
        _ edits: [(old: String, new: String)], in directory: String, values: [String: String]
    ) throws {
        func filled(_ text: String) -> String {
            values.reduce(text) { $0.replacing("@\($1.key)@", with: $1.value) }
        }
        for edit in edits {
            let (old, new) = (filled(edit.old), filled(edit.new))
            var count = 0
            for name in try Files.names(in: directory) where name.hasSuffix(".conf") || name == "Caddyfile" {
                let text = try Files.text("\(directory)/\(name)")
                guard text.contains(old) else { continue }
                count += text.ranges(of: old).count
                try Files.write(text.replacing(old, with: new), to: "\(directory)/\(name)")
            }
            guard count == 1 else { throw Failure("\"\(old)\" stands \(count) times in the configuration") }
        }
    }
}
