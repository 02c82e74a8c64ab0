import Glibc
import Testing

/// The command `--development` of programs: the real web servers, started by the program itself.
@Suite(.collectingProgramLogs, .showingProgramLogs) struct DevelopmentSiteTests {
    static let servers = ["lighttpd", "nginx", "caddy", "apache"]

    @Test("Each web server sends a file, and the program streams it on request", arguments: servers, [false, true])
    func delivery(server: String, streams: Bool) throws {
        let site = try DevelopmentProgram(["--server", server] + (streams ? ["--stream"] : []))
        let answer = try site.client().get("/file/plain.txt")
        #expect(answer.status == 200)
        #expect(try answer.body == Files.read("\(Workspace.shared.root)/plain.txt"))
        #expect(answer.fields.allSatisfy { !$0.name.lowercased().hasPrefix("x-") }, "\(answer.fields)")
        let range = try site.client().get("/file/plain.txt", ["Range": "bytes=1-3"])
        #expect(range.status == 206 && range.body == Array(answer.body[1...3]))
        #expect(try site.client().get("/file/missing.txt").status == 404)

        let field = server == "nginx" ? "X-Accel-Redirect" : "X-Sendfile"
        let name = ["caddy": "Caddy", "apache": "Apache"][server] ?? server
        #expect(try site.description.contains(try Regex("^\(name) [0-9.]+, ")), "\(site.log)")
        #expect(try site.description.hasSuffix(streams ? "files streamed" : "files by \(field)"), "\(site.log)")
        #expect(try site.end() == .exited(0))
        #expect(try site.deliveries.filter { $0 != "none" } == Array(repeating: streams ? "stream" : server, count: 2))
        #expect(try site.leftovers.isEmpty)
        #expect(!site.log.contains("\(name): "), "\(site.log)")
    }

    @Test(
        "A web server sends the files of every root, also of one that code opens with an internal URL of its own",
        arguments: servers)
    func secondRoot(server: String) throws {
        let root = try Workspace.shared.makeDirectory("second")
        try Files.write("of the second root", to: "\(root)/second 100.txt")
        let site = try DevelopmentProgram(["--server", server], environment: ["SECOND_ROOT": root])
        #expect(try site.client().get("/second/second%20100.txt").text == "of the second root")
        #expect(try site.client().get("/file/plain.txt").status == 200)
        #expect(try site.end() == .exited(0))
        #expect(try site.deliveries == [server, server])
    }

    @Test(
        "As root, the web server reads what the program reads, and Apache's program streams",
        .enabled(if: geteuid() == 0), arguments: servers)
    func root(server: String) throws {
        let root = try Workspace.shared.makeDirectory("closed")
        try Files.write("for root", to: "\(root)/closed.txt", mode: 0o600)
        let site = try DevelopmentProgram(["--server", server], environment: ["SENDFILE_ROOT": root], asRoot: true)
        #expect(try site.client().get("/file/closed.txt").text == "for root")
        #expect(try site.end() == .exited(0))
        #expect(try site.deliveries == [server == "apache" ? "stream" : server])
        #expect(try site.description.contains("Apache does not run as root") == (server == "apache"))
        #expect(try site.leftovers.isEmpty)
    }

    @Test("The user of --user is the user of every request", arguments: servers)
    func user(server: String) throws {
        let site = try DevelopmentProgram(["--server", server, "--user", "alice"])
        #expect(try site.client().get("/private/plain.txt").status == 200)
        #expect(try site.end() == .exited(0))
    }

    /// Everything of a response that does not depend on the moment. The boundary of several ranges is random.
    private static func essence(_ answer: HTTPAnswer) -> [String] {
        let type = answer.field("Content-Type") ?? ""
        guard let name = type.firstRange(of: "boundary=") else { return Self.essence(answer, body: answer.text) }
        // lighttpd's boundaries are random, and so are their lengths.
        let boundary = String(type[name.upperBound...])
        return Self.essence(answer, body: answer.text.replacing(boundary, with: ""))
            .map { $0.replacing(boundary, with: "") }.filter { !$0.hasPrefix("Content-Length: ") }
    }

    private static func essence(_ answer: HTTPAnswer, body: String) -> [String] {
        ["\(answer.status)", body]
            + answer.fields.filter { $0.name != "Date" }.map { "\($0.name): \($0.value)" }.sorted()
    }

    @Test(
        "Responses and the names of parameters are as with the configuration in conf",
        arguments: [
            ("lighttpd", WebServer.lighttpd), ("nginx", .nginx), ("caddy", .caddy), ("apache", .apacheProxyFcgi),
        ], [false, true])
    func parity(servers: (name: String, configured: WebServer), streams: Bool) throws {
        let site = try DevelopmentProgram(["--server", servers.name] + (streams ? ["--stream"] : []))
        let client = try site.client()
        let configured = try Site.shared(Delivery(server: servers.configured, streams: streams)).client
        let requests =
            ServerTests.HeaderTests.requests + [
                ("GET", "/decorated/plain.txt", [:]), ("GET", "/cookies", ["Cookie": "a=1; b=2"]),
                ("GET", "/file/plain.txt", ["Range": "bytes=2-5", "If-Range": "\"other\""]),
            ]
        for (method, target, fields) in requests {
            let answers = try [client, configured].map {
                try $0.send(method, target, fields, body: method == "POST" ? .bytes([]) : .none)
            }
            #expect(Self.essence(answers[0]) == Self.essence(answers[1]), "\(method) \(target) \(fields)")
        }
        let names = try [client, configured].map { client in
            let parameters = try client.get("/parameters/a%2520b?c=d").text
            #expect(parameters.contains("REQUEST_URI=/parameters/a%2520b?c=d\n"))
            return parameters.split(separator: "\n").compactMap { $0.split(separator: "=").first }
                .filter { !$0.hasPrefix("SENDFILE_") && $0 != "SECOND_ROOT" }.sorted()
        }
        #expect(names[0] == names[1])
        #expect(try client.send("POST", "/echo", [:], body: .bytes(Array("a body".utf8))).text == "a body")
        #expect(try site.end() == .exited(0))
    }

    @Test(
        "A loopback address of either family, and a name of one, is the site's address", arguments: servers,
        ["127.0.0.2", "::1", "localhost"])
    func loopback(server: String, host: String) throws {
        let site = try DevelopmentProgram(
            ["--server", server], port: host.contains(":") ? "[\(host)]:0" : "\(host):0")
        #expect(try site.client().get("/file/plain.txt").status == 200)
        #expect(try site.host == host)
        #expect(!site.log.contains("loopback"), "\(site.log)")
        #expect(try site.end() == .exited(0))
        #expect(try site.deliveries == [server])
    }

    @Test(
        "An address that other machines reach is the site's address, with a warning", .enabled(if: geteuid() == 0),
        arguments: servers, ["192.0.2.7", "2001:db8::7", "0.0.0.0", "::"])
    func reachable(server: String, host: String) throws {
        let isIPv6 = host.contains(":")
        let own = isIPv6 ? "2001:db8::7" : "192.0.2.7"
        let site = try DevelopmentProgram(
            ["--server", server, "--user", "alice"], port: isIPv6 ? "[\(host)]:0" : "\(host):0",
            addresses: ["192.0.2.7/32", "2001:db8::7/128"])
        var client = try site.client()
        #expect(try client.get("/private/plain.txt").status == 200)
        // A browser cannot open the address that stands for all addresses.
        #expect(try site.host == (host == own ? own : isIPv6 ? "::1" : "127.0.0.1"))
        client.host = own
        #expect(try client.get("/private/plain.txt").status == 200)
        let place = isIPv6 ? "[\(host)]:\(client.port)" : "\(host):\(client.port)"
        #expect(
            site.log.contains(
                "test-application: the site is not on a loopback address: every machine that reaches \(place) can use it, as the "
                    + "user alice\n"), "\(site.log)")
        #expect(try site.end() == .exited(0))
        #expect(try site.deliveries == [server, server])
    }

    @Test("The web server and its directory end with the program", arguments: servers, [SIGINT, SIGTERM, SIGKILL])
    func end(server: String, signal: Int32) throws {
        let site = try DevelopmentProgram(["--server", server])
        #expect(try site.client().get("/ready").text == "ready")
        #expect(try site.leftovers.count == 1)
        #expect(try site.end(signal) == (signal == SIGKILL ? .killed(signal: SIGKILL) : .exited(0)))
        #expect(try site.leftovers.isEmpty)
    }

    @Test("A program that is killed while it starts leaves nothing behind", arguments: servers)
    func killedEarly(server: String) throws {
        for delay in stride(from: 0, to: 100_000, by: 10_000) {
            let site = try DevelopmentProgram(["--server", server])
            try Deadline.wait("the directory exists") { try !site.leftovers.isEmpty || !site.process.isRunning }
            // Different moments of the start, and no condition to wait for.
            usleep(useconds_t(delay))
            #expect(try site.end(SIGKILL) == .killed(signal: SIGKILL))
            #expect(try site.leftovers.isEmpty, "after \(delay) microseconds")
        }
    }

    @Test("A web server that ends first ends the program with an error", arguments: servers, [SIGTERM, SIGKILL])
    func endOfWebServer(server: String, signal: Int32) throws {
        let site = try DevelopmentProgram(["--server", server])
        #expect(try site.client().get("/ready").text == "ready")
        kill(try site.webServer(), signal)
        #expect(try site.process.waitForEnd() == .exited(69))
        #expect(site.log.contains(" has ended, and the site with it; start the program again\n"), "\(site.log)")
        #expect(try site.leftovers.isEmpty)
    }

    @Test("A port in use, a missing web server and an invalid option are errors with a remedy")
    func errors() throws {
        let port = try Address.freePort()
        let listener = try Address.loopback(port: port).listen()
        defer { close(listener) }
        let cases: [(port: String, arguments: [String], status: Int32, sentence: String)] = [
            (
                "\(port)", [], 69,
                "cannot listen on 127.0.0.1:\(port): Address already in use: another program listens there; end it, or give "
                    + "another port"
            ),
            (
                "203.0.113.1:8080", [], 69,
                "cannot listen on 203.0.113.1:8080: Cannot assign requested address: this machine has no such address; give "
                    + "one that it has, such as 127.0.0.1"
            ),
            (
                "http", [], 64,
                "--development is \"http\", which is not a port, host:port or [::1]:port; give one of these, such as 8080"
            ),
            (
                "/run/site.sock", [], 64,
                "--development is \"/run/site.sock\", which is not a port, host:port or [::1]:port; give one of these, such as 8080"
            ),
            (
                "[fe80::1%lo]:8080", [], 64,
                "--development is \"[fe80::1%lo]:8080\", a link-local address, whose interface not every web server's configuration "
                    + "can name; give another address of this machine"
            ),
            ("0", ["--server", "iis"], 64, "--server is \"iis\"; it must be one of lighttpd, nginx, caddy, apache"),
            (
                "0", ["--user", "a\nb"], 64,
                #"--user is "a\nb"; it must be a name of letters, digits, ".", "_", "-" and "@""#
            ),
            (
                "0", ["--verbose"], 64,
                "--verbose is not an option of --development; see --development --help, and write arguments of the program "
                    + "itself after \"--\""
            ),
        ]
        let late = try RunningProgram.start(arguments: ["serve", "--development", "0"])
        #expect(try late.waitForEnd() == .exited(64))
        #expect(
            try Files.text(late.log)
                == "test-application: --development is not the first argument; write it first, and arguments of the program "
                + "itself after \"--\"\n")
        for (port, arguments, status, sentence) in cases {
            let site = try DevelopmentProgram(arguments, port: port)
            #expect(try site.process.waitForEnd() == .exited(status))
            #expect(site.log == "test-application: \(sentence)\n")
            #expect(try site.leftovers.isEmpty)
        }
        // Caddy is in /usr/bin, and only the directories of servers are searched beyond PATH.
        let env = try DevelopmentProgram(["--server", "caddy"], environment: ["PATH": "/nonexistent"], asRoot: true)
        #expect(try env.process.waitForEnd() == .exited(69))
        #expect(
            env.log
                == "test-application: none of these web servers is in PATH or /usr/sbin: Caddy; install one, as root: apt install "
                + "--no-install-recommends caddy\n")
    }

    @Test("A web server that refuses its configuration says why, and the program exits") func refusal() throws {
        let directory = try Workspace.shared.makeDirectory("refusing")
        try Files.write(
            "#!/bin/sh\nexec /usr/sbin/nginx \"$@\" -g 'worker_processes none;'\n", to: "\(directory)/nginx",
            mode: 0o755)
        let site = try DevelopmentProgram(
            ["--server", "nginx"], environment: ["PATH": "\(directory):\(ChildProcess.plainEnvironment["PATH"]!)"])
        #expect(try site.process.waitForEnd() == .exited(69))
        let lines = site.log.split(separator: "\n")
        #expect(
            lines.contains { $0.hasPrefix("nginx: ") && $0.contains("[emerg]") && $0.contains("worker_processes") },
            "\(lines)")
        #expect(lines.last == "test-application: nginx has not started; its messages are above")
        #expect(try site.leftovers.isEmpty)
    }

    @Test("An error message of the web server reaches standard error with its name") func messages() throws {
        let site = try DevelopmentProgram(["--server", "nginx"])
        #expect(try site.client().get("/ready").text == "ready")
        let worker = try #require(try DevelopmentProgram.children(of: site.webServer()).first)
        kill(worker, SIGKILL)
        try Deadline.wait("nginx has reported") {
            site.log.contains(try Regex(#"(?m)^nginx: .*worker process \#(worker) exited on signal 9$"#))
        }
        try Deadline.wait("nginx has replaced the worker") {
            (try? site.client().get("/ready").text) == "ready"
        }
        #expect(try site.end() == .exited(0))
    }

    @Test("A client cannot ask for a file by nginx's internal location") func internalLocation() throws {
        let site = try DevelopmentProgram(["--server", "nginx"])
        let path = "\(try Workspace.shared.root)/plain.txt"
        #expect(try site.client().get("/fastcgi-development-files\(path)").status == 404)
        #expect(try site.end() == .exited(0))
    }

    @Test(
        "A program with a main of its own and one of Hummingbird start a web server, too",
        arguments: ["own main", "Hummingbird"])
    func ownMain(kind: String) throws {
        let site = try DevelopmentProgram(
            ["--server", "nginx"], environment: ["MAIN": "own"],
            program: kind == "Hummingbird"
                ? Workspace.install("hummingbird-application", in: "\(Workspace.shared.path)/hummingbird-development")
                : nil)
        #expect(try site.client().get("/ready").text == "ready")
        #expect(try site.client().get("/file/plain.txt").status == 200)
        #expect(try site.end() == .exited(0))
        #expect(try site.deliveries == ["nginx"])
        #expect(try site.leftovers.isEmpty)
    }

    @Test("The options are printed, and a program without a socket names the command") func help() throws {
        let help = try DevelopmentProgram([], port: "--help")
        #expect(try help.process.waitForEnd() == .exited(0))
        #expect(help.log.hasPrefix("usage: test-application --development [HOST:]PORT [--server NAME]"))
        for option in ["--server", "--stream", "--user", "lighttpd, nginx, caddy, apache"] {
            #expect(help.log.contains(option))
        }
        let program = try RunningProgram.start()
        #expect(try program.waitForEnd() == .exited(64))
        #expect(try Files.text(program.log).hasSuffix(" start it with --development 8080.\n"))
    }
}
