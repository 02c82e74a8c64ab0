import Testing

@testable import sendfile_gate

/// Machines on which `sendfile-gate init` cannot set up a gate that works, and the sentence that says so.
@Suite struct InitRefusalTests {
    /// The sentence of the refusal.
    private static func refusal(
        _ facts: MachineFacts, of server: SetupServer = .nginx, url: String = "http://example.org/files/"
    ) throws -> String {
        let request = try InitPlanTests.request(server, url: url, mayEdit: true)
        let refusal = #expect(throws: SetupRefusal.self) { try SetupPlanner(request, facts).plan() }
        guard case .unsuitable(let sentence)? = refusal else {
            throw Failure("\(String(describing: refusal))")
        }
        return sentence
    }

    /// As certbot 2 changes a site: the redirect is conditional, and every other request gets 404.
    private static let certbot = """
        server {
            server_name example.org;
            location / { try_files $uri $uri/ =404; }
            listen 443 ssl; # managed by Certbot
            ssl_certificate /etc/letsencrypt/live/example.org/fullchain.pem; # managed by Certbot
        }
        server {
            if ($host = example.org) {
                return 301 https://$host$request_uri;
            } # managed by Certbot
            listen 80;
            server_name example.org;
            return 404; # managed by Certbot
        }

        """

    @Test("The redirect of a site of certbot is named for an http URL, and the TLS block accepts the line")
    func certbot() throws {
        let facts = InitPlanTests.nginx(Self.certbot)
        let sentence = try Self.refusal(facts)
        #expect(sentence.contains(", line 9 answers every request for example.org on port 80: return 301"))
        #expect(sentence.hasSuffix("https://example.org/files/"))
        let request = try InitPlanTests.request(url: "https://example.org/files/", mayEdit: true)
        let plan = try SetupPlanner(request, facts).plan()
        let lines = plan.steps.compactMap { if case .edit(_, _, _, let lines, true) = $0 { lines } else { nil } }
        #expect(lines == [["line 6: include /etc/nginx/snippets/sendfile-gate.conf;"]])
    }

    @Test("A conditional redirect alone leaves the other requests to the locations")
    func conditional() throws {
        let site = "server {\n listen 80;\n if ($host = www.example.org) { return 301 http://example.org; }\n}\n"
        let request = try InitPlanTests.request(mayEdit: true)
        #expect(try SetupPlanner(request, InitPlanTests.nginx(site)).plan().steps.count >= 6)
    }

    @Test("A web server that is stopped is refused if another one has its port")
    func port() throws {
        var facts = InitPlanTests.nginx(InitPlanTests.bareSite)
        facts.portHolders = ["apache2"]
        // nginx may be the proxy in front of Apache.
        #expect(try SetupPlanner(InitPlanTests.request(mayEdit: true), facts).plan().steps.count >= 6)
        facts.isServerActive = false
        let sentence = try Self.refusal(facts)
        #expect(sentence.hasPrefix("nginx does not run, and port 80 belongs to apache2:"))
        #expect(sentence.hasSuffix("or use --server apache"))
        // It starts.
        facts.portHolders = ["nginx"]
        #expect(try SetupPlanner(InitPlanTests.request(mayEdit: true), facts).plan().steps.count >= 6)
    }

    @Test("A site that Apache or lighttpd redirects to https is refused", arguments: [SetupServer.apache, .lighttpd])
    func redirect(_ server: SetupServer) throws {
        var facts = InitPlanTests.machine()
        facts.redirect = "https://example.org/files/"
        #expect(
            try Self.refusal(facts, of: server).hasSuffix("redirects it to https://example.org/files/; use that URL"))
    }

    @Test("A location of another program keeps its name, and the files get another one")
    func internalLocation() throws {
        let site = "server {\n listen 80;\n location ^~ /protected { internal; alias /srv/x; }\n}\n"
        let request = try InitPlanTests.request(mayEdit: true)
        let plan = try SetupPlanner(request, InitPlanTests.nginx(site)).plan()
        let files = plan.steps.compactMap { if case .create(let file) = $0 { file } else { nil } }
        let made = try #require(files.first { $0.path == SetupServer.nginx.ownFile }).content
        #expect(made.contains("fastcgi_param SENDFILE_URL      /sendfile-gate-files/;"))
        #expect(made.contains("location ^~ /sendfile-gate-files/ {"))
        #expect(!made.contains("/protected"))
        // check reads the name there.
        let settings = try #require(files.first { $0.path == GatePaths.settings }).content
        #expect(settings.contains("SENDFILE_URL=/sendfile-gate-files/\n"))
        var done = InitPlanTests.done(plan, on: InitPlanTests.nginx(site))
        #expect(try SetupPlanner(request, done).plan().steps == [])
        // Another host includes the same file.
        let file = done.file
        done.file = { $0 == InitPlanTests.defaultSite ? FileState(content: InitPlanTests.bareSite) : try file($0) }
        let steps = try SetupPlanner(request, done).plan().steps
        #expect(!steps.contains { if case .create = $0 { true } else { false } })
        #expect(steps.contains { if case .edit = $0 { true } else { false } })
    }

    @Test("An unreadable root is refused with the sentence about it")
    func unreadable() throws {
        var facts = InitPlanTests.nginx(InitPlanTests.bareSite)
        facts.obstacle = "www-data cannot enter /srv"
        #expect(try Self.refusal(facts) == "--root is \"/srv/reports\", and www-data cannot enter /srv")
    }

    @Test(
        "A user of nginx without access to the socket is refused",
        arguments: [
            ("user nginx;", false), ("user www-data;", true), ("user nginx www-data;", true), ("user root;", true),
            ("", true),
        ])
    func user(_ line: String, _ isAccepted: Bool) throws {
        var facts = InitPlanTests.nginx(line + InitPlanTests.bareSite)
        facts.isMember = { _ in false }
        let request = try InitPlanTests.request(mayEdit: true)
        guard isAccepted else {
            #expect(try Self.refusal(facts).contains("usermod --append --groups www-data nginx"))
            return
        }
        #expect(try SetupPlanner(request, facts).plan().steps.count >= 6)
    }

    @Test("nginx without a server block for the port is refused")
    func noServer() throws {
        let sentence = try Self.refusal(InitPlanTests.nginx("events { }\nhttp { include conf.d/*.conf; }\n"))
        #expect(sentence.contains("no server block in the files that nginx reads (nginx -T) listens on port 80"))
    }

    @Test("The listening sockets of a port are found in the kernel's table")
    func listeners() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0
               1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4712 1 0
               2: 0100007F:0050 0100007F:9C40 01 00000000:00000000 00:00000000 00000000     0        0 4713 1 0

            """
        let listeners = PortHolders.listeners(in: table)
        #expect(listeners.filter { $0.port == 80 }.map(\.inode) == ["4712"])
        #expect(listeners.filter { $0.port == 8080 }.map(\.inode) == ["4711"])
        #expect(!listeners.contains { $0.port == 443 })
    }
}
