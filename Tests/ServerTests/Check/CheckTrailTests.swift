import Glibc
import Testing

@testable import sendfile_gate

/// The lines of a report that are found by comparison and observation, and not by a rule for one mistake.
@Suite struct CheckTrailTests {
    @Test(
        "A line of this machine comes before the form of a line",
        arguments: [
            (Diagnosis.otherFile, "alias /srv/files/;   (in location /protected/)", true),
            (.otherFile, "/etc/nginx/conf.d/a.conf:1: open_file_cache max=9", false),
            (.gateNotReached, "server_name …;   listen …;", true),
            (.gateNotReached, "/etc/nginx/a b.conf:12: rewrite ^ /x…", false),
            (.gateNotReached, "/etc/nginx/a.conf: a new file", false),
            (.programNotRunning, "systemctl status sendfile-gate.socket", true),
            (.programNotRunning, "systemctl unmask sendfile-gate.service", false),
            (.cached, "proxy_cache off;", true), (.cached, "systemctl reload nginx   (older)", false),
        ])
    func example(_ diagnosis: Diagnosis, _ line: String, _ isExample: Bool) {
        #expect(diagnosis.isExample(line) == isExample)
    }

    @Test("A section for all proxies of Apache applies to a request") func proxySection() throws {
        let text = "Listen 80\n<Proxy *>\nDeny from all\n</Proxy>\n<Proxy http://a/>\nAllow from all\n</Proxy>\n"
        let directives = ApacheSyntax.read(ConfigurationText(text, file: "a.conf"), in: "/nonexistent")
        let url = try #require(URLText("http://example.org/files/a"))
        let route = try #require(ApacheRoute.find(directives, RoutedRequest(url)))
        #expect(route.directives.map(\.place).contains("a.conf:3"))
        #expect(!route.directives.map(\.place).contains("a.conf:6"))
    }

    @Test("The faults that ended a start are read from the end of a new log") func fatal() throws {
        let log = "\(try Workspace.shared.makeDirectory("log"))/error.log"
        let emergency = "[ssl:emerg] AH02565: Certificate and private key from /etc/c.pem and /etc/k.pem do not match"
        let lines =
            Array(repeating: "[core:notice] a line", count: 4000) + [emergency, "AH00016: Configuration Failed"]
        try Files.write(lines.joined(separator: "\n"), to: log)
        for (age, expected) in [(0, [emergency]), (700, [])] {
            var times = [timeval](repeating: timeval(tv_sec: time(nil) - age, tv_usec: 0), count: 2)
            #expect(utimes(log, &times) == 0)
            #expect(ErrorLogTail.fatalLines(of: log) == expected)
        }
    }

    @Test("A root that does not exist is named as such, with one of a similar name") func missingRoot() throws {
        let directory = try Workspace.shared.makeDirectory("roots")
        try Files.makeDirectory("\(directory)/reports")
        let hint = MissingVolume.hint("\(directory)/report")
        #expect(hint == "; the directory does not exist, but \(directory)/reports")
        #expect(MissingVolume.hint("\(directory)/other") == "; the directory does not exist")
        #expect(MissingVolume.hint("\(directory)/reports").hasPrefix("; the directory is empty"))
    }

    @Test("The lines that give the variable of a condition its value are named, of a map those that match the URL")
    func variables() throws {
        let text = """
            http {
                map $request_uri $bad {
                    default 0;
                    ~*union 1;
                    ~*\\.(sql|pdf) 1;
                }
                geo $office { 10.0.0.0/8 1; }
                server {
                    listen 80;
                    if ($bad) { return 444; }
                    location / { root /a; }
                }
            }
            """
        let file = "\(try Workspace.shared.makeDirectory("variables"))/nginx.conf"
        try Files.write(text, to: file)
        let configuration = try #require(ServerConfiguration(of: .nginx, at: file))
        let request = RoutedRequest(try #require(URLText("http://a/files/x.pdf")))
        let route = try #require(configuration.route(of: request))
        let rule = try #require(route.directives.first { $0.name == "return" })
        let lines = VariableLines.find(configuration, route, [rule], request).map { "\($0.line.line) \($0.line.name)" }
        #expect(lines == ["10 if", "5 ~*\\.(sql|pdf)", "2 map"])
    }

    @Test("The lines of a proxy in front that name the prefix, the host or the port behind are found")
    func front() throws {
        let file = "\(try Workspace.shared.makeDirectory("front"))/Caddyfile"
        try Files.write(
            """
            # /files/ is for the gate
            :80 {
            	handle_path /files/* {
            		reverse_proxy 127.0.0.1:8081
            	}
            	encode gzip
            }
            Files.example.org {
            	bind 127.0.0.1:18081
            }

            """, to: file)
        let lines = FrontFiles.lines(of: file, prefix: "/files", host: "files.example.org", ports: [8081])
        #expect(
            lines.map { $0.prefix { $0 != "(" }.replacing(file, with: "") } == [
                ":3: handle_path /files/* {   ", ":4: reverse_proxy 127.0.0.1:8081   ", ":8: Files.example.org {   ",
            ])
    }

    @Test(
        "A path that a unit hides is known, with the setting",
        arguments: [
            ("PrivateTmp=yes", "/var/tmp/export", "PrivateTmp=yes"), ("PrivateTmp=yes", "/tmpfiles", nil),
            ("PrivateTmp=no", "/tmp/a", nil), ("ProtectHome=yes", "/home/a", "ProtectHome=yes"),
            ("ProtectHome=read-only", "/home/a", nil), ("ProtectHome=tmpfs", "/root", "ProtectHome=tmpfs"),
            ("InaccessiblePaths=-/opt +/srv/a", "/srv/a/b", "InaccessiblePaths=-/opt +/srv/a"),
            ("TemporaryFileSystem=/srv:ro", "/srv/a", "TemporaryFileSystem=/srv:ro"),
            ("RootDirectory=/jail", "/srv/a", "RootDirectory=/jail"), ("RootDirectory=/", "/srv/a", nil),
        ] as [(String, String, String?)])
    func sandbox(_ property: String, _ path: String, _ setting: String?) throws {
        let units = try #require(UnitState("gate", "Id=gate.service\nLoadState=loaded\n\(property)\n"))
        #expect(units.hides(path) == setting)
        #expect(units.hidingLines(path).isEmpty == (setting == nil))
    }

    @Test("A masked unit lacks no lines") func masked() throws {
        let text =
            "Id=sendfile-gate.service\nLoadState=masked\nFragmentPath=/etc/systemd/system/sendfile-gate.service\n"
        let units = try #require(UnitState("sendfile-gate", text))
        #expect(units.differences.isEmpty)
        #expect(units.problems.first?.contains("systemctl unmask") == true)
    }

    @Test("The program that listens at an address is told apart from that of another address of the same port")
    func holders() throws {
        let number = try Address.freePort()
        let descriptor = try Address.host("127.0.0.9", port: number).listen()
        defer { close(descriptor) }
        let port = Int(number)
        #expect(try !PortHolders.names(of: port, at: "127.0.0.9").isEmpty)
        #expect(try PortHolders.names(of: port, at: "127.0.0.8").isEmpty)
        #expect(try PortHolders.names(of: port, at: "::1").isEmpty)
        #expect(try !PortHolders.names(of: port).isEmpty)
        #expect(PortHolders.number("::1") == "00000000000000000000000001000000")
        #expect(PortHolders.number("localhost") == nil)
    }

    @Test(
        "A redirect says whether a link survives it",
        arguments: [
            ("https://a/files/x?s=1", "with the same path and query", "--url https://a/files/"),
            ("https://a/files/x", "loses the query", "exempt /files/"),
            ("/login", "another path", "exempt /files/"), ("https://afiles/x?s=1", "another path", "exempt /files/"),
        ])
    func redirection(_ location: String, _ cause: String, _ remedy: String) throws {
        let url = try #require(URLText("http://a/files/x?s=1"))
        let answer = Answer(
            question: sendfile_gate.Question(label: "GET", url: url), status: 301,
            fields: [.init(name: "Location", value: location)])
        let redirection = try #require(Redirection(answer))
        #expect(redirection.cause.contains(cause) && !redirection.cause.contains("s=1"))
        #expect(redirection.remedies("/files").contains { $0.contains(remedy) })
    }

    @Test("The variables with which curl uses a proxy are named, without a password")
    func proxies() throws {
        let url = try #require(URLText("http://example.org/files/"))
        func lines(_ environment: [String: String]) -> [String] { ProxyVariables.lines(url) { environment[$0] } }
        #expect(lines([:]) == [] && lines(["HTTP_PROXY": "http://p:3128", "https_proxy": "http://p:3128"]) == [])
        #expect(lines(["http_proxy": "http://p:3128", "no_proxy": "localhost, example.org"]) == [])
        let named = lines(["http_proxy": "http://user:secret@p:3128"])
        #expect(named.count == 1 && named[0].hasPrefix("http_proxy=") && !named[0].contains("secret"), "\(named)")
    }

    @Test(
        "The configuration that a running web server's command names is found",
        arguments: [
            (["nginx: master process nginx -c /root/test.conf"], .nginx, "/root/test.conf"),
            (["nginx: master process /usr/sbin/nginx -g daemon on; master_process on;"], .nginx, nil),
            (
                ["/usr/sbin/lighttpd", "-D", "-f", "/etc/lighttpd/lighttpd.conf"], .lighttpd,
                "/etc/lighttpd/lighttpd.conf"
            ),
            (["/usr/sbin/apache2", "-k", "start"], .apache, nil), (["nginx", "-c"], .nginx, nil),
        ] as [([String], FrontServer, String?)])
    func running(_ command: [String], _ server: FrontServer, _ file: String?) {
        #expect(ServerProcesses.file(in: command, server) == file)
    }

    @Test("The value of a variable of Apache's script is read") func variable() throws {
        let file = "\(try Workspace.shared.makeDirectory("envvars"))/envvars"
        try Files.write(
            "# export A=0\nexport A=deploy\nexport B='x y'\nexport C=/run/a$SUFFIX\nD=d\nexport AB=no\n", to: file)
        func value(_ name: String) -> String? { ServerConfiguration.variable(name, in: file) }
        #expect(value("A") == "deploy" && value("B") == "x y" && value("C") == nil && value("D") == "d")
        #expect(value("E") == nil)
    }

    @Test("A program that the web server's user cannot execute is named, with the command")
    func start() throws {
        guard geteuid() == 0 else { return }
        let directory = try Workspace.shared.makeDirectory("start")
        try Files.write("#!/bin/sh\n", to: "\(directory)/sendfile-gate", mode: 0o700)
        func lines(_ program: String) -> [String] {
            let wrapper = Directive(
                name: "FcgidWrapper", words: ["\(program) serve", "virtual"], file: "a.conf", line: 7)
            let route = Route(blocks: [Directive(name: "", words: [], file: "", line: 1, children: [wrapper])])
            return GateObstacles.start(route, by: LocalUser(named: "nobody"))
        }
        let closed = lines("\(directory)/sendfile-gate")
        #expect(closed.last?.hasPrefix("chmod 755 \(directory)/sendfile-gate   (mode 700: nobody") == true, "\(closed)")
        let missing = lines("\(directory)/none/sendfile-gate")
        #expect(missing.first?.hasPrefix("a.conf:7: FcgidWrapper") == true, "\(missing)")
        #expect(lines("/bin/sh").isEmpty)
    }

    @Test("The time of the journal has microseconds") func journalTime() {
        #expect(UnitJournal.text(1_796_043_093.000_25) == "1796043093.000250")
        #expect(UnitJournal.text(7) == "7.000000")
    }
}
