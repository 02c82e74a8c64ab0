import Glibc
import Testing

/// `sendfile-gate status`, and the page with the numbers.
@Suite struct GateStatusTests {
    private static func numbers(_ arguments: [String], _ environment: [String: String] = [:]) throws -> JSON {
        let run = try GateRun(["status", "--json"] + arguments, environment: environment)
        guard run.end == .exited(0), run.errors.isEmpty else { throw Failure("\(run.end): \(run.errors)") }
        return try JSON(Array(run.output.utf8).dropLast())
    }

    @Test("The gate behind each web server tells its numbers over its socket", arguments: GateSite.servers)
    func asked(_ server: WebServer) throws {
        let ledger = "sqlite:\(try Workspace.shared.makeDirectory("ledger"))/grants.sqlite"
        let site = try GateSite.shared(.init(server: server, settings: ["SENDFILE_GRANT_LEDGER": ledger]))
        #expect(try site.client.get(try site.link("plain.txt")).status == 200)
        #expect(try site.client.get(try site.link("plain.txt", "--expires", "@5")).status == 410)
        let once = try LedgerSite.target("status", uses: 1)
        #expect(try site.client.get(once).status == 200)
        let socket = try site.socket
        var numbers = JSON.null
        // A response counts when it has ended, which is after the client has it.
        try Deadline.wait("the numbers") {
            numbers = try Self.numbers(["--socket", socket])
            return numbers["downloads"]?.count("count") == 2
        }
        #expect(numbers["downloads"]?.count("bytes") == 2 * Corpus.content(of: "plain.txt").count)
        #expect(numbers["refusals"]?.count("expired") == 1)
        #expect(try #require(numbers["refusals"]?.count("missingSignature")) >= 1)
        #expect(numbers["program"]?.text?.hasPrefix("sendfile-gate ") == true)
        let details = numbers["details"]
        #expect(details?["ledger"] == .text(ledger))
        #expect(details?["ledger_state"] == .text("the last call was answered"))
        #expect(details?.count("ledger_answers") == 2)
        #expect(details?.count("ledger_failures") == 0)
        #expect(details?["sqlite"]?.text?.contains(/^3\.[0-9]+\.[0-9]+$/) == true)

        let run = try GateRun(["status"], environment: ["FASTCGI_LISTEN": socket])
        #expect(run.end == .exited(0), "\(run.errors)")
        let lines = run.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
        for line in [
            "since the start 2", "expired 1", "ledger state the last call was answered", "Refusals by reason", "410 1",
            "bytes of files \(2 * Corpus.content(of: "plain.txt").count) B",
        ] {
            #expect(lines.contains(line), "\(line) in \(run.output)")
        }
        let prometheus = try GateRun(["status", "--prometheus", "--socket", socket])
        #expect(prometheus.output.contains("\nfastcgi_downloads_total 2\n"))
        #expect(prometheus.output.contains("\nfastcgi_refusals_total{reason=\"expired\"} 1\n"))
        #expect(prometheus.output.contains("\nfastcgi_detail{name=\"ledger_answers\"} 2\n"))

        // A client cannot ask in this way.
        let field = ["Sendfile-Gate-Status": "1", "HTTP_SENDFILE_GATE_STATUS": "1", "SENDFILE_GATE_STATUS": "1"]
        #expect(try site.client.get("/?SENDFILE_GATE_STATUS=1", field).status == 404)
    }

    @Test("A ledger that does not answer is told, and how often a grant was permitted unasked")
    func unavailableLedger() throws {
        let port = try Address.freePort()
        let site = try GateSite.shared(
            .init(
                server: .nginx,
                settings: [
                    "SENDFILE_GRANT_LEDGER": "valkey://127.0.0.1:\(port)", "SENDFILE_GRANT_LEDGER_FAILURE": "open",
                ]))
        let socket = try site.socket
        let details = try Self.numbers(["--socket", socket])["details"]
        #expect(details?["ledger_state"] == .text("not asked since the start"))
        #expect(try site.client.get(try LedgerSite.target("unasked", uses: 1)).status == 200)
        let later = try Self.numbers(["--socket", socket])["details"]
        #expect(
            later?["ledger_state"]?.text?.hasPrefix("the last call failed: ") == true, "\(String(describing: later))")
        // Before the decision about the file, and for the use.
        #expect(later?.count("ledger_permitted_unasked") == 2)
        #expect(later?.count("ledger_failures") == 2)
        #expect(later?["sqlite"] == nil)
    }

    @Test("The option \"status\" shows the page to the named address only", arguments: GateSite.servers)
    func page(_ server: WebServer) throws {
        var setup = GateSite.Setup(server: server, options: ["status"])
        // systemd's unit has the settings of the gate behind nginx.
        if server == .nginx { setup.settings["SENDFILE_STATUS_PATH"] = "/-/status" }
        let site = try GateSite.shared(setup)
        _ = try site.client.get(try site.link("plain.txt"))
        let page = try site.client.get("/-/status", ["Accept": "text/html"])
        #expect(page.status == 200)
        #expect(page.field("Content-Security-Policy")?.hasPrefix("default-src 'none'; ") == true)
        #expect(page.field("Cache-Control") == "no-store")
        #expect(!page.text.contains("<script") && page.text.contains("color-scheme: light dark"))
        #expect(page.text.contains("<th scope=\"row\">Web server</th><td>\(server.software)"), "\(page.text)")
        // The client may have the file before the program counts it.
        try Deadline.wait("the download is counted") {
            let json = try JSON(try site.client.get("/-/status").body.dropLast())
            return try #require(json["downloads"]?.count("count")) >= 1
        }
        #expect(try site.client.get("/-/status?format=prometheus").text.contains("\nfastcgi_downloads_total "))
        for path in ["/-/status", "/-/statu%73", "/%2d/status?format=json"] {
            let log = "\(try Workspace.shared.makeDirectory("curl"))/log"
            let url = "http://127.0.0.1:\(site.port)\(path)"
            let client = try ChildProcess(
                ["curl", "-s", "--interface", "127.0.0.2", "-o", "/dev/null", "-w", "%{http_code}", url], log: log)
            _ = try client.waitForEnd()
            #expect(try Files.text(log) == "403", "\(path)")
        }
    }

    @Test("A gate that listens on a port is asked there, and other programs have a message")
    func addresses() throws {
        let address = Address.host("127.0.0.1", port: try Address.freePort())
        let process = try ChildProcess(
            [try Workspace.shared.gate, "serve"],
            environment: [
                "FASTCGI_LISTEN": "\(address)", "SENDFILE_LINK_SECRET": GateSite.secret,
                "SENDFILE_ROOT": try Workspace.shared.root,
            ], log: "\(try Workspace.shared.makeDirectory("status"))/program.log")
        let gate = RunningProgram(process: process, address: address)
        try gate.waitUntilListening()
        #expect(try Self.numbers([], ["FASTCGI_LISTEN": "\(address)"])["stopping"] == .flag(false))
        process.signal(SIGTERM)
        #expect(try process.waitForEnd() == .exited(0))

        let application = try RunningProgram.listening()
        let path = "\(application.address)"
        defer { application.process.signal(SIGKILL) }
        #expect(chmod(path, 0o600) == 0)
        let site = try GateSite.shared(.init(server: .nginx))
        let directory = try Workspace.shared.makeDirectory("status")
        try Files.write("", to: "\(directory)/file")
        let cases: [([String], Bool, Int32, String)] = [
            (
                ["--socket", "\(address)"], false, 69,
                "no program listens on \(address); name the socket of a running gate"
            ),
            (["--socket", "\(directory)/missing"], false, 69, "the socket \(directory)/missing does not exist"),
            (["--socket", "\(directory)/file"], false, 69, "no program listens on \(directory)/file"),
            (["--socket", path], true, 77, "this user must not connect to \(path)"),
            // An application that answers each path.
            (["--socket", path], false, 69, "is another program, or an older gate"),
            (["--socket", "127.0.0.1:\(site.port)"], false, 69, "does not speak FastCGI"),
            (["--socket", "here"], false, 64, "--socket is \"here\", which is not a path or host:port"),
            (["--json", "--prometheus"], false, 64, "--json and --prometheus exclude each other"),
        ]
        for (arguments, asServer, status, message) in cases {
            let run = try GateRun(["status"] + arguments, asServer: asServer)
            #expect(run.end == .exited(status), "\(arguments): \(run.errors)")
            #expect(run.errors.contains(message), "\(arguments): \(run.errors)")
            #expect(run.output.isEmpty)
        }
        let invalid = try GateRun(["status"], environment: ["FASTCGI_LISTEN": "here"])
        #expect(invalid.end == .exited(78))
    }

    @Test("A program that does not answer has a message after 5 seconds")
    func silence() throws {
        let path = "\(try Workspace.shared.makeDirectory("silence"))/socket"
        let listener = try Address.unix(path: path).listen()
        defer { close(listener) }
        let run = try GateRun(["status", "--socket", path])
        #expect(run.end == .exited(69))
        #expect(run.errors.contains("did not answer within 5 s"), "\(run.errors)")
    }
}
