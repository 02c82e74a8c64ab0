import Testing

extension ServerTests {
    /// `sendfile-gate init` on machines that have a web server as Debian installs it.
    @Suite(.serialized, .onMachines) struct MachineInitTests {
        @Test("Two commands lead from a web server to a working protected link", arguments: BareMachine.setups)
        func twoCommands(_ release: Release, _ server: String) throws {
            try BareMachine.with(server, release) { bare in
                // 1. The package.
                try bare.installPackage()
                // 2. The setup, which asks nothing.
                let setup = try bare.setUp()
                try #require(setup.end == .exited(0), "\(setup.output)")
                let link = try BareMachine.link(setup.output)
                try bare.expectFile(link)
                #expect(setup.output.contains("0 FAIL"), "\(setup.output)")

                // Protected: a changed signature, no signature, and the file's own name are refused.
                for url in ["\(link)0", "\(link.prefix { $0 != "?" })", "http://localhost/protected/q3/report%201.pdf"]
                {
                    let status = try bare.machine.run(
                        "curl --silent --output /dev/null --write-out '%{http_code}' '\(url)'")
                    #expect(status == "404", "\(url)")
                }
                let headers = try bare.machine.run("curl --silent --head '\(link)'").lowercased()
                #expect(!headers.contains("/srv/reports") && !headers.contains("x-sendfile"), "\(headers)")
                // The rest of the site is the web server's.
                let page = try bare.machine.run(
                    "curl --silent --write-out '%{http_code}' --output /dev/null http://localhost/")
                #expect(page == "200")
                #expect(try bare.machine.run("stat -c '%a %U %G' /etc/sendfile-gate/secret") == "640 root www-data\n")

                // Again: nothing changes.
                let before = try bare.fingerprint()
                let again = try bare.setUp()
                #expect(again.end == .exited(0), "\(again.output)")
                #expect(again.output.contains("Everything is set up already."), "\(again.output)")
                #expect(try bare.fingerprint() == before)
                try bare.expectFile(BareMachine.link(again.output))
            }
        }

        @Test("The program alone is enough: init also writes the units", arguments: BareMachine.setupsInTurn.first)
        func program(_ release: Release, _ server: String) throws {
            try BareMachine.with(server, release) { bare in
                try bare.machine.run("install /root/bare/sendfile-gate /usr/local/bin/")
                let setup = try bare.setUp()
                try #require(setup.end == .exited(0), "\(setup.output)")
                try bare.expectFile(BareMachine.link(setup.output))
                let unit = try bare.machine.run("systemctl show --value --property=ExecStart sendfile-gate.service")
                #expect(unit.contains("/usr/local/bin/sendfile-gate"))
            }
        }

        @Test("A dry run changes nothing and shows every file", arguments: BareMachine.setupsInTurn.second)
        func dryRun(_ release: Release, _ server: String) throws {
            try BareMachine.with(server, release) { bare in
                try bare.installPackage()
                let before = try bare.fingerprint()
                let setup = try bare.setUp("--dry-run")
                #expect(setup.end == .exited(0), "\(setup.output)")
                for text in [
                    "/etc/sendfile-gate/secret", "SENDFILE_ROOT=/srv/reports", "SENDFILE_BACKEND", "systemctl enable",
                ] {
                    #expect(setup.output.contains(text), "\(setup.output)")
                }
                #expect(try bare.fingerprint() == before)
            }
        }

        /// A change of the administrator with which the setup fails, and a part of the server's own message.
        private static let failures = MachineRequirements.releases.flatMap { release in
            [
                (
                    release, "nginx",
                    "sed -i 's|^\\tserver_name _;|&\\n location ^~ /files/ { }|' /etc/nginx/sites-available/default",
                    "--edit", "duplicate location \"/files/\""
                ),
                (
                    release, "lighttpd",
                    "echo 'server.stat-cache-engine = \"simple\"' >/etc/lighttpd/conf-enabled/99-mine.conf", "",
                    "server.stat-cache-engine"
                ),
                (
                    release, "apache2",
                    "printf '<IfModule proxy_fcgi_module>\\nWrong on\\n</IfModule>\\n' >/etc/apache2/conf-enabled/zz-mine.conf",
                    "", "Invalid command 'Wrong'"
                ),
            ]
        }

        @Test(
            "If the web server refuses the result, everything is undone, and its words are shown", arguments: failures)
        func undone(_ release: Release, _ server: String, _ change: String, _ options: String, _ words: String) throws {
            try BareMachine.with(server, release) { bare in
                try bare.installPackage()
                try bare.machine.run(change)
                let before = try bare.fingerprint()
                let setup = try bare.setUp(options)
                #expect(setup.end == .exited(69), "\(setup.output)")
                #expect(setup.output.contains(words), "\(setup.output)")
                #expect(setup.output.contains("everything was undone"), "\(setup.output)")
                let after = try bare.fingerprint()
                #expect(Self.withoutTimes(after) == Self.withoutTimes(before))
                #expect(try bare.machine.attempt("systemctl is-active sendfile-gate.socket").end != .exited(0))
                #expect(
                    try bare.machine.run(
                        "curl --silent --output /dev/null --write-out '%{http_code}' http://localhost/") == "200")
            }
        }

        /// A fingerprint without the times, which undoing does not restore, and without the sizes of directories.
        private static func withoutTimes(_ fingerprint: String) -> String {
            fingerprint.split(separator: "\n").map { line in
                line.replacing(#/ [0-9]+ [0-9.]+$/#, with: "")
            }.joined(separator: "\n")
        }

        @Test(
            "A configuration that is invalid already is reported before anything is done",
            arguments: BareMachine.setupsInTurn.first
        )
        func invalidBefore(_ release: Release, _ server: String) throws {
            try BareMachine.with(server, release) { bare in
                try bare.installPackage()
                let file = [
                    "nginx": "/etc/nginx/conf.d/mine.conf", "lighttpd": "/etc/lighttpd/conf-enabled/99-mine.conf",
                    "apache2": "/etc/apache2/conf-enabled/mine.conf",
                ]
                try bare.machine.run("echo 'nonsense = { ;' >\(file[server] ?? "")")
                let before = try bare.fingerprint()
                let setup = try bare.setUp()
                #expect(setup.end == .exited(69), "\(setup.output)")
                #expect(setup.output.contains("invalid already, and nothing was changed"), "\(setup.output)")
                #expect(setup.output.contains("mine.conf"), "the server's words: \(setup.output)")
                #expect(try bare.fingerprint() == before)
            }
        }

        @Test("No file of the administrator is overwritten", arguments: BareMachine.setupsInTurn.second)
        func conflict(_ release: Release, _ server: String) throws {
            try BareMachine.with(server, release) { bare in
                try bare.installPackage()
                let file = [
                    "nginx": "/etc/nginx/snippets/sendfile-gate.conf",
                    "lighttpd": "/etc/lighttpd/conf-available/90-sendfile-gate.conf",
                    "apache2": "/etc/apache2/conf-available/sendfile-gate.conf",
                ]
                let path = file[server] ?? ""
                try bare.machine.run("echo '# mine' >\(path)")
                let before = try bare.fingerprint()
                let setup = try bare.setUp()
                #expect(setup.end == .exited(73), "\(setup.output)")
                #expect(setup.output.contains("\(path) exists with other content"), "\(setup.output)")
                #expect(try bare.fingerprint() == before)
            }
        }

        @Test(
            "A site with TLS is changed with --edit only, and a copy is kept", arguments: MachineRequirements.releases)
        func tls(_ release: Release) throws {
            try BareMachine.with("nginx", release) { bare in
                try bare.installPackage()
                let site = """
                    server {
                        listen 80;
                        server_name example.org;
                        return 301 https://$host$request_uri;
                    }
                    server {
                        listen 443 ssl;
                        server_name example.org;
                        ssl_certificate /root/bare/certificate.pem;
                        ssl_certificate_key /root/bare/key.pem;
                        root /var/www/html;
                        location ~ \\.pdf$ { return 418; }
                    }

                    """
                try bare.machine.run(
                    """
                    openssl req -x509 -newkey rsa:2048 -nodes -keyout /root/bare/key.pem -out /root/bare/certificate.pem \
                        -days 2 -subj /CN=example.org
                    """)
                try bare.machine.write(site, to: "/etc/nginx/sites-enabled/shop")
                try bare.machine.run("echo 127.0.0.1 example.org >>/etc/hosts; systemctl reload nginx")
                let url = "https://example.org/files/"

                let before = try bare.fingerprint()
                let redirect = try bare.setUp("--edit", url: "http://example.org/files/")
                #expect(redirect.end == .exited(64), "\(redirect.output)")
                #expect(redirect.output.contains("sites-enabled/shop, line 4"), "\(redirect.output)")
                let refused = try bare.setUp(url: url)
                #expect(refused.end == .exited(73), "\(refused.output)")
                #expect(refused.output.contains("before its line 13"), "\(refused.output)")
                #expect(try bare.fingerprint() == before)

                let setup = try bare.setUp("--edit --insecure", url: url)
                try #require(setup.end == .exited(0), "\(setup.output)")
                try bare.expectFile(BareMachine.link(setup.output), "--insecure")
                #expect(try bare.machine.run("cat /var/backups/sendfile-gate-etc-nginx-sites-enabled-shop") == site)
            }
        }

        @Test("A missing option is an error without a terminal", arguments: MachineRequirements.releases)
        func missing(_ release: Release) throws {
            try BareMachine.with("nginx", release) { bare in
                try bare.installPackage()
                let run = try bare.machine.attempt("sendfile-gate init --server nginx --root /srv/reports </dev/null")
                #expect(run.end == .exited(64))
                #expect(run.output.contains("--url is missing"), "\(run.output)")
            }
        }

        @Test("An empty root is set up, and the next commands are shown", arguments: MachineRequirements.releases)
        func empty(_ release: Release) throws {
            try BareMachine.with("nginx", release) { bare in
                try bare.installPackage()
                try bare.machine.run("rm -r /srv/reports/q3")
                let setup = try bare.setUp()
                #expect(setup.end == .exited(0), "\(setup.output)")
                #expect(setup.output.contains("contains no file yet"), "\(setup.output)")
            }
        }
    }
}
