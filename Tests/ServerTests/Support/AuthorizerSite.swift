import Glibc
import Sendfile
import Testing

/// A running web server that asks the authorizer of the application under test before it sends files or calls the
/// application behind it.
final class AuthorizerSite: Sendable {
    /// A web server and a way to ask an authorizer, with a configuration in this package.
    enum Server: String, CaseIterable, CustomTestStringConvertible {
        case lighttpd
        case nginx
        case fcgid = "Apache mod_fcgid"
        case authnz = "Apache mod_authnz_fcgi"

        var testDescription: String { self.rawValue }

        fileprivate var folder: String {
            switch self {
            case .lighttpd: "lighttpd"
            case .nginx: "nginx"
            case .fcgid, .authnz: "apache"
            }
        }

        fileprivate func command(run directory: String) -> [String] {
            switch self {
            case .lighttpd: ["lighttpd", "-D", "-f", "\(directory)/lighttpd.conf"]
            case .nginx: ["nginx", "-p", directory, "-c", "nginx.conf"]
            case .fcgid: ["apache2", "-D", "FOREGROUND", "-D", "FCGID_AUTHORIZER", "-f", "\(directory)/apache2.conf"]
            case .authnz: ["apache2", "-D", "FOREGROUND", "-D", "AUTHNZ_FCGI", "-f", "\(directory)/apache2.conf"]
            }
        }

        var startsProgram: Bool { self == .lighttpd || self == .fcgid }
    }

    /// The state of the program.
    enum Program {
        case runs
        /// Without an authorizer.
        case respondsOnly
        /// With a time limit of one second for a decision.
        case isImpatient
        case doesNotRun
    }

    let server: Server
    let port: UInt16
    private let directory: String
    private let processes: [ChildProcess]

    var client: HTTPClient { HTTPClient(port: self.port) }

    /// The site of a server whose program runs; started on first use, and shared by all tests.
    static func shared(_ server: Server) throws -> AuthorizerSite {
        try self.sites.withLock { sites in
            if let site = sites[server] { return site }
            let site = try AuthorizerSite.start(server)
            sites[server] = site
            return site
        }
    }

    private static let sites = Locked<[Server: AuthorizerSite]>([:])

    /// Starts the web server, and the program if the server does not, and waits until a request is answered.
    ///
    /// - Parameter settings: Texts of the web server's configuration and their replacements.
    static func start(
        _ server: Server, program: Program = .runs, settings: [String: String] = [:]
    ) throws -> AuthorizerSite {
        // A port that was free may be taken a moment later.
        var attempts = 2
        while true {
            attempts -= 1
            let site = try AuthorizerSite(server, program, settings)
            if site.answers(program) { return site }
            let logs = site.logs
            try site.stop()
            guard attempts > 0 else { throw Failure("\(server.rawValue) does not answer.\n\(logs)") }
        }
    }

    private init(_ server: Server, _ program: Program, _ settings: [String: String]) throws {
        let workspace = try Workspace.shared
        self.server = server
        self.directory = try workspace.makeDirectory(server.folder)
        self.port = try Address.freePort()
        let programPort = try Address.freePort()
        let socket = "\(self.directory)/sendfile.sock"
        try ConfigurationFiles.fill(
            server.folder, into: self.directory,
            values: [
                "PORT": String(self.port), "PROGRAM": workspace.program, "SOCKET": socket, "ROOT": workspace.root,
                "RUN": self.directory,
            ])
        try ConfigurationFiles.change(
            Self.settings(server, program, port: programPort, path: workspace.program), in: self.directory)
        try ConfigurationFiles.change(settings, in: self.directory)

        var processes: [ChildProcess] = []
        if !server.startsProgram, program != .doesNotRun {
            var environment = ChildProcess.plainEnvironment
            environment["FASTCGI_LISTEN"] = server == .nginx ? socket : "127.0.0.1:\(programPort)"
            environment["FASTCGI_HANDLER_TIMEOUT"] = program == .isImpatient ? "1" : "10"
            if program == .respondsOnly { environment["NO_AUTHORIZER"] = "1" }
            processes.append(
                try ChildProcess(
                    ChildProcess.asServer + [workspace.program], environment: environment,
                    log: "\(self.directory)/program.log"))
        }
        processes.append(try ChildProcess(server.command(run: self.directory), log: "\(self.directory)/server.log"))
        self.processes = processes
    }

    /// The settings that an operator would write for the program under test.
    private static func settings(
        _ server: Server, _ program: Program, port: UInt16, path: String
    ) -> [String: String] {
        switch (server, program) {
        case (.lighttpd, _):
            var settings = ["include \"sendfile.conf\"": "include \"authorizer.conf\""]
            let limit = "\"FASTCGI_HANDLER_TIMEOUT\" => \"10\","
            switch program {
            case .runs: break
            case .respondsOnly: settings[limit] = "\"NO_AUTHORIZER\" => \"1\","
            case .isImpatient: settings[limit] = "\"FASTCGI_HANDLER_TIMEOUT\" => \"1\","
            case .doesNotRun:
                settings["\"authorizer\",\n        \"bin-path\" => \"\(path)\","] = "\"authorizer\","
            }
            return settings
        case (.nginx, _): return ["include sendfile.conf;": "include auth-request.conf;"]
        case (.fcgid, .runs): return [:]
        case (.fcgid, .respondsOnly):
            return ["FcgidInitialEnv FASTCGI_HANDLER_TIMEOUT 10": "FcgidInitialEnv NO_AUTHORIZER 1"]
        case (.fcgid, .isImpatient):
            return ["FcgidInitialEnv FASTCGI_HANDLER_TIMEOUT 10": "FcgidInitialEnv FASTCGI_HANDLER_TIMEOUT 1"]
        // The program ends before it serves.
        case (.fcgid, .doesNotRun):
            return ["FcgidInitialEnv FASTCGI_HANDLER_TIMEOUT 10": "FcgidInitialEnv FASTCGI_WORKERS none"]
        case (.authnz, _): return ["Define AUTHORIZER 127.0.0.1:9000": "Define AUTHORIZER 127.0.0.1:\(port)"]
        }
    }

    /// Whether the site responds as expected for this state of the program.
    private func answers(_ program: Program) -> Bool {
        let deadline = time(nil) + 20
        while self.processes.allSatisfy(\.isRunning), time(nil) < deadline {
            if let answer = try? self.client.get("/files/plain.txt", ["Cookie": "user=alice"]) {
                switch program {
                case .runs, .isImpatient: if answer.status == 200 { return true }
                case .respondsOnly: if self.logs.contains("listening on") || self.server.startsProgram { return true }
                case .doesNotRun: return true
                }
            }
            usleep(10_000)
        }
        return false
    }

    /// Ends the servers of a site that is not shared.
    func stop() throws {
        for process in self.processes.reversed() { process.signal(SIGTERM) }
        for process in self.processes { _ = try process.waitForEnd() }
    }

    /// The output of the server and the program.
    var logs: String {
        let names = (try? Files.names(in: self.directory)) ?? []
        return names.filter { $0.hasSuffix(".log") }.map { name in
            "--- \(name)\n\((try? Files.text("\(self.directory)/\(name)")) ?? "cannot be read\n")"
        }.joined()
    }
}
