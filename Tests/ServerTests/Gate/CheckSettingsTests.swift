import Glibc
import Testing

/// `sendfile-gate serve --check-settings`.
@Suite struct CheckSettingsTests {
    private static func check(
        _ settings: [String: String], file: String? = nil, asServer: Bool = false
    ) throws -> (run: GateRun, path: String) {
        let path = "\(try Workspace.shared.makeDirectory("settings"))/settings"
        var arguments = ["serve", "--check-settings"]
        if let file {
            try Files.write(file, to: path, mode: 0o644)
            arguments += ["--config", path]
        }
        let all = ["SENDFILE_ROOT": try Workspace.shared.root].merging(settings) { $1 }
        return (try GateRun(arguments, environment: all, asServer: asServer), path)
    }

    private static func secret(_ content: String) throws -> String {
        let path = "\(try Workspace.shared.makeDirectory("secret"))/secret"
        try Files.write(content, to: path, mode: 0o600)
        return path
    }

    @Test("Each setting is printed with its value and its source, without a secret")
    func report() throws {
        let socket = "\(try Workspace.shared.makeDirectory("listen"))/gate.sock"
        let secret = try Self.secret("k2:\(GateSite.secret)\nk1:another-secret-of-the-gate\n")
        let (run, path) = try Self.check(
            ["SENDFILE_LINK_SECRET_FILE": secret, "FASTCGI_WORKERS": "3"],
            file: "# a comment\nSENDFILE_LINK_PREFIX=/downloads/\nFASTCGI_WORKERS=4\nFASTCGI_LISTEN=\(socket)\n")
        #expect(run.end == .exited(0))
        #expect(run.errors == "")
        let lines = run.output.split(separator: "\n").map(String.init)
        for line in [
            "SENDFILE_ROOT = \(try Workspace.shared.root) (environment)",
            "SENDFILE_LINK_PREFIX = /downloads/ (\(path), line 2)",
            "SENDFILE_LINK_SECRET_FILE = \(secret): 2 keys, not shown: k2, k1 (environment)",
            "SENDFILE_LINK_SECRET = none (default)", "FASTCGI_WORKERS = 3 (environment)",
            "FASTCGI_LISTEN = \(socket) (\(path), line 4)", "FASTCGI_READ_TIMEOUT = 30s (default)",
            "FASTCGI_LOG_FORMAT = text (default)", "SENDFILE_CONFIG = \(path) (--config)",
            "Socket: \(socket): this user can create the socket",
        ] {
            #expect(lines.contains(line), "\(line)\n\(run.output)")
        }
        #expect(lines.last == "The settings are valid.")
        #expect(!run.output.contains("secret-of-the-gate"))
    }

    @Test("A secret in the environment is not printed, and warnings are")
    func warnings() throws {
        let (run, _) = try Self.check(["SENDFILE_LINK_SECRET": "short", "SENDFILE_ROOT": "/"])
        #expect(run.end == .exited(0))
        #expect(run.output.contains("SENDFILE_LINK_SECRET = 1 key, not shown: a key without a name (environment)\n"))
        #expect(!run.output.contains("short"))
        #expect(run.errors.contains("which can be guessed"), "\(run.errors)")
        #expect(run.errors.contains("SENDFILE_ROOT is \"/\""), "\(run.errors)")
    }

    @Test(
        "An invalid setting has the status and the sentence of the start",
        arguments: [
            (["SENDFILE_ROOT": "/nonexistent"], 78), (["SENDFILE_LINK_FORMAT": "md4"], 78),
            (["FASTCGI_WORKERS": "many"], 78), (["FASTCGI_LOG_FORMAT": "xml"], 78),
            (["SENDFILE_LINK_SECRET": ""], 78), (["FASTCGI_ACCESS_LOG": "/nonexistent/access.jsonl"], 78),
            (["SENDFILE_LINK_SECRET": "", "SENDFILE_LINK_SECRET_FILE": "/nonexistent"], 66),
            (["SENDFILE_LINK_TIME": "1h"], 78),
            (["FASTCGI_LISTEN": "/nonexistent/gate.sock"], 69), (["FASTCGI_LISTEN": "/etc/passwd"], 69),
            (["FASTCGI_LISTEN": "/etc/passwd/gate.sock"], 69),
            (["FASTCGI_LISTEN": "192.0.2.1:9000", "FASTCGI_PEERS": "any"], 69),
            (["FASTCGI_LISTEN": "192.0.2.1:9000"], 78),
            (["FASTCGI_LISTEN": "/tmp/\(String(repeating: "s", count: 200))"], 69),
        ] as [([String: String], Int32)])
    func errors(_ settings: [String: String], status: Int32) throws {
        let all = ["SENDFILE_LINK_SECRET": GateSite.secret].merging(settings) { $1 }
        let (run, _) = try Self.check(all)
        #expect(run.end == .exited(status))
        #expect(run.output == "")
        let start = try GateRun(
            ["serve"], environment: ["SENDFILE_ROOT": try Workspace.shared.root].merging(all) { $1 })
        #expect(start.end == .exited(status))
        #expect(run.errors == start.errors)
        #expect(run.errors.hasPrefix("sendfile-gate: "))
    }

    @Test("The access log is neither created nor changed, and one that this user cannot write is an error")
    func accessLog() throws {
        let directory = try Workspace.shared.makeDirectory("access")
        let file = "\(directory)/access.jsonl"
        let settings = ["SENDFILE_LINK_SECRET": GateSite.secret, "FASTCGI_ACCESS_LOG": file]
        #expect(try Self.check(settings).run.end == .exited(0))
        #expect(access(file, F_OK) != 0)
        try Files.write("line\n", to: file, mode: 0o600)
        #expect(try Self.check(settings).run.end == .exited(0))
        #expect(try Files.text(file) == "line\n")
        guard geteuid() == 0 else { return }
        let (run, _) = try Self.check(settings, asServer: true)
        #expect(run.end == .exited(78))
        #expect(
            run.errors.contains("FASTCGI_ACCESS_LOG is \"\(file)\", which is not a file that this process can write"))
    }

    @Test("The socket of a gate that runs is left alone")
    func socket() throws {
        let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("running"))/gate.sock")
        let program = try RunningProgram.listening(on: address)
        let (run, _) = try Self.check([
            "SENDFILE_LINK_SECRET": GateSite.secret, "FASTCGI_LISTEN": address.description,
        ])
        #expect(run.end == .exited(0), "\(run.errors)")
        #expect(run.output.contains("Socket: \(address.description): a program listens there"), "\(run.output)")
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
    }

    @Test("Without FASTCGI_LISTEN, and with a TCP port, the report tells where the socket comes from")
    func sockets() throws {
        let secret = ["SENDFILE_LINK_SECRET": GateSite.secret]
        #expect(try Self.check(secret).run.output.contains("Socket: FASTCGI_LISTEN is not set: the socket comes from"))
        let port = try Address.freePort()
        let settings = secret.merging(["FASTCGI_LISTEN": "127.0.0.1:\(port)"]) { $1 }
        #expect(try Self.check(settings).run.output.contains("Socket: 127.0.0.1:\(port): the address is free"))
        // The check released the port.
        let address = Address.loopback(port: port)
        let program = try RunningProgram.listening(on: address)
        let (run, _) = try Self.check(settings)
        #expect(run.end == .exited(0), "\(run.errors)")
        #expect(run.output.contains("Socket: 127.0.0.1:\(port): a program listens there"), "\(run.output)")
        #expect(try program.stop() == .exited(0))
    }

    @Test(
        "A directory in which this user cannot create the socket is an error of the start",
        .enabled(if: geteuid() == 0))
    func closedDirectory() throws {
        let directory = try Workspace.shared.makeDirectory("closed")
        let settings = ["SENDFILE_LINK_SECRET": GateSite.secret, "FASTCGI_LISTEN": "\(directory)/gate.sock"]
        guard chown(directory, 0, 0) == 0, chmod(directory, 0o755) == 0 else { throw Failure.system("chown") }
        let (run, _) = try Self.check(settings, asServer: true)
        #expect(run.end == .exited(69), "\(run.output)")
        #expect(run.errors.contains("let the program's user write in \(directory)"), "\(run.errors)")
        #expect(try Self.check(settings).run.end == .exited(0))
    }
}
