import Glibc

/// A web server with the lines of the article on the shortest configurations, and the article's program behind it.
///
/// The lines are completed only to a whole configuration, with a user who signs in: the program serves each user the
/// files of one directory.
final class ShortestConfigurationSite: Sendable {
    enum Server: String, CaseIterable, Sendable {
        case lighttpd, nginx, apache
    }

    /// team, with the right password.
    static let credentials = "Basic dGVhbTpzZWNyZXQ="
    static let content = (0..<(4 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 12) }

    private static let article = "Sources/FastCGI/Documentation.docc/ShortestConfigurations.md"

    let port: UInt16
    private let directory: String
    private let program: String
    private let processes: [ChildProcess]

    /// The first block of the article in a language.
    static func block(_ language: String, where condition: (CodeBlock) -> Bool = { _ in true }) throws -> CodeBlock {
        let blocks = try CodeBlock.blocks(of: Self.article).filter { $0.language == language }
        guard let block = blocks.first(where: condition) else {
            throw Failure("\(Self.article) has no such \(language)")
        }
        return block
    }

    /// Builds the article's program, for files that exist.
    static func buildProgram() throws -> (program: String, root: String) {
        let workspace = try Workspace.shared
        let root = try workspace.makeDirectory("reports")
        try Files.makeDirectory("\(root)/team")
        try Files.write(Self.content, to: "\(root)/team/q3 100%.pdf".utf8)
        // A name with % is streamed behind Apache.
        try Files.write(Self.content, to: "\(root)/team/q3 ü.pdf".utf8)
        let source = try Self.block("swift") { $0.text.contains("@main") }.text
        let directory = try workspace.makeDirectory("shortest")
        try Files.write(source.replacing("/srv/reports", with: root), to: "\(directory)/Downloads.swift")
        // In the directory of the libraries that it needs.
        let program = "\(workspace.path)/bin/downloads"
        try SwiftCompiler().build("\(directory)/Downloads.swift", into: program)
        return (program, root)
    }

    /// - Parameter signsIn: Whether the web server asks for a name and a password, if the article's lines do not say so.
    init(_ server: Server, program: String, root: String, signsIn: Bool = true) throws {
        let workspace = try Workspace.shared
        self.directory = try workspace.makeDirectory("shortest-\(server.rawValue)")
        self.port = try Address.freePort()
        // A unique name, to find it among all processes.
        self.program = "\(program)-\(server.rawValue)-\(signsIn)"
        guard link(program, self.program) == 0 else { throw Failure.system("link \(self.program)") }
        let values = [
            "/usr/local/bin/downloads": self.program, "/srv/reports": root,
            "/run/downloads/sendfile.sock": "\(self.directory)/socket", "/etc/nginx/users": "\(self.directory)/users",
            "/run/lighttpd/downloads": "\(self.directory)/socket",
        ]
        let lines = values.reduce(try Self.block(server.rawValue).text) { $0.replacing($1.key, with: $1.value) }
        // The SHA-1 of "secret", which all three servers support.
        try Files.write("team:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n", to: "\(self.directory)/users")
        let file = "\(self.directory)/server.conf"
        let command: [String]
        var processes: [ChildProcess] = []
        switch server {
        case .lighttpd:
            try Files.write(Self.lighttpd(lines, self.directory, self.port, signsIn), to: file)
            command = ["lighttpd", "-D", "-f", file]
        case .nginx:
            try Files.write(try Files.read("/etc/nginx/fastcgi_params"), to: "\(self.directory)/fastcgi_params".utf8)
            try Files.write(Self.nginx(lines, self.directory, self.port, signsIn), to: file)
            command = ["nginx", "-p", self.directory, "-c", file]
            let environment = ["FASTCGI_LISTEN": "\(self.directory)/socket"]
            processes.append(
                try ChildProcess(
                    ChildProcess.asServer + [self.program],
                    environment: ChildProcess.plainEnvironment.merging(environment) { $1 },
                    log: "\(self.directory)/program.log"))
        case .apache:
            try Files.write(Self.apache(lines, self.directory, self.port, signsIn), to: file)
            command = ["apache2", "-D", "FOREGROUND", "-f", file]
        }
        processes.append(try ChildProcess(command, log: "\(self.directory)/server.log"))
        self.processes = processes
    }

    /// Requests a file as a user until the web server and the program respond.
    func get(_ target: String, credentials: String = ShortestConfigurationSite.credentials) throws -> HTTPAnswer {
        let deadline = time(nil) + Socket.patience
        while true {
            let answer = try? HTTPClient(port: self.port).get(target, ["Authorization": credentials])
            if let answer, answer.status < 500 { return answer }
            guard time(nil) < deadline, self.processes.allSatisfy(\.isRunning) else {
                throw Failure("no answer but \(answer?.status ?? 0)\n\(try self.logs)")
            }
            usleep(10_000)
        }
    }

    /// The bytes written by all processes of the program.
    var bytesWritten: Int {
        get throws {
            try Files.names(in: "/proc").compactMap { pid_t($0) }.filter { pid in
                var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
                let length = readlink("/proc/\(pid)/exe", &buffer, buffer.count)
                return length > 0 && String(decoding: buffer[..<length], as: UTF8.self) == self.program
            }.map { try ProcessStatistics(pid: $0).bytesWritten }.reduce(0, +)
        }
    }

    var logs: String {
        get throws {
            try Files.names(in: self.directory).filter { $0.hasSuffix(".log") }
                .map { "--- \($0)\n\(try Files.text("\(self.directory)/\($0)"))" }.joined()
        }
    }

    func stop() throws {
        for process in self.processes.reversed() { process.signal(SIGTERM) }
        for process in self.processes { _ = try process.waitForEnd() }
    }

    private static func lighttpd(_ lines: String, _ directory: String, _ port: UInt16, _ signsIn: Bool) -> String {
        """
        server.bind = "127.0.0.1"
        server.port = \(port)
        server.document-root = "\(directory)"
        server.errorlog = "\(directory)/error.log"
        server.username = "www-data"
        server.groupname = "www-data"
        server.modules = ( "mod_auth", "mod_authn_file" )
        auth.backend = "htpasswd"
        auth.backend.htpasswd.userfile = "\(directory)/users"
        \(signsIn ? "auth.require = ( \"/\" => ( \"method\" => \"basic\", \"realm\" => \"reports\", \"require\" => \"valid-user\" ) )" : "")
        \(lines)
        """
    }

    private static func nginx(_ lines: String, _ directory: String, _ port: UInt16, _ signsIn: Bool) -> String {
        """
        user www-data;
        daemon off;
        pid \(directory)/nginx.pid;
        error_log \(directory)/error.log;
        events {}
        http {
        access_log off;
        \(["client_body", "fastcgi", "proxy", "scgi", "uwsgi"].map { "\($0)_temp_path \(directory)/\($0);" }
            .joined(separator: "\n"))
        server {
        listen 127.0.0.1:\(port);
        \(signsIn ? "auth_basic reports; auth_basic_user_file \(directory)/users;" : "")
        \(lines)
        }
        }
        """
    }

    private static let apacheModules = [
        "mpm_event", "authz_core", "authz_user", "authn_core", "authn_file", "auth_basic", "alias", "fcgid",
        "xsendfile",
    ]

    private static func apache(_ lines: String, _ directory: String, _ port: UInt16, _ signsIn: Bool) -> String {
        """
        ServerRoot "\(directory)"
        ServerName localhost
        Listen 127.0.0.1:\(port)
        PidFile "\(directory)/apache2.pid"
        ErrorLog "\(directory)/error.log"
        DocumentRoot "\(directory)"
        DefaultRuntimeDir "\(directory)"
        User www-data
        Group www-data
        \(Self.apacheModules.map { "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so" }
            .joined(separator: "\n"))
        FcgidIPCDir "\(directory)"
        FcgidProcessTableFile "\(directory)/fcgid_shm"
        \(lines)
        <Location "/">
            AuthType Basic
            AuthName "reports"
            AuthUserFile "\(directory)/users"
            \(signsIn ? "Require valid-user" : "Require all granted")
        </Location>
        """
    }
}
