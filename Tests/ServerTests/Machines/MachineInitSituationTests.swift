import Testing

extension ServerTests {
    /// `sendfile-gate init` on machines that differ from a fresh installation as administrators' machines do.
    @Suite(.serialized, .onMachines) struct MachineInitSituationTests {
        /// Expects a status and a part of the output, and that nothing was changed.
        private static func expectRefusal(
            _ status: Int32, _ words: String, on bare: BareMachine, _ options: String = "",
            url: String = "http://localhost/files/"
        ) throws {
            let before = try bare.fingerprint()
            let setup = try bare.setUp(options, url: url)
            #expect(setup.end == .exited(status), "\(setup.output)")
            #expect(setup.output.contains(words), "\(setup.output)")
            #expect(try bare.fingerprint() == before)
        }

        @Test(
            "A host whose name does not lead to this machine yet is checked at the loopback address",
            arguments: BareMachine.setupsInTurn.first)
        func unknownHost(_ release: Release, _ server: String) throws {
            try BareMachine.with(server, release) { bare in
                try bare.installPackage()
                let setup = try bare.setUp(url: "http://downloads.invalid/files/")
                try #require(setup.end == .exited(0), "\(setup.output)")
                #expect(setup.output.contains("downloads.invalid does not lead to this machine yet"), "\(setup.output)")
                #expect(setup.output.contains("0 FAIL"), "\(setup.output)")
                try bare.expectFile(BareMachine.link(setup.output), "--connect-to ::127.0.0.1:")
            }
        }

        @Test("A web server that is stopped is started", arguments: BareMachine.setupsInTurn.second)
        func stopped(_ release: Release, _ server: String) throws {
            try BareMachine.with(server, release) { bare in
                try bare.installPackage()
                try bare.machine.run("systemctl stop \(server)")
                let setup = try bare.setUp()
                try #require(setup.end == .exited(0), "\(setup.output)")
                try bare.expectFile(BareMachine.link(setup.output))
            }
        }

        @Test("Another web server on the port of a stopped one is named", arguments: MachineRequirements.releases)
        func port(_ release: Release) throws {
            try BareMachine.with("nginx", release) { bare in
                try bare.installPackage()
                try bare.machine.run("systemctl stop nginx; systemctl start apache2")
                try Self.expectRefusal(64, "nginx does not run, and port 80 belongs to apache2", on: bare)
                // The only server that does not tell why it cannot start, because another program has its port.
                try bare.machine.run(
                    """
                    systemctl stop apache2
                    systemd-run --quiet --unit=other-server python3 -m http.server 80
                    """)
                defer { _ = try? bare.machine.run("systemctl stop other-server") }
                try bare.machine.wait("the other server listens") {
                    try bare.machine.attempt("curl --silent --output /dev/null http://localhost/").end == .exited(0)
                }
                let setup = try bare.setUp()
                #expect(setup.end == .exited(69), "\(setup.output)")
                #expect(setup.output.contains("Address already in use"), "\(setup.output)")
            }
        }

        @Test(
            "A root that the gate cannot read is refused with the command that opens it",
            arguments: BareMachine.setupsInTurn.first)
        func unreadable(_ release: Release, _ server: String) throws {
            try BareMachine.with(server, release) { bare in
                try bare.installPackage()
                try bare.machine.run("chmod 700 /srv/reports")
                try Self.expectRefusal(
                    64, "www-data cannot enter /srv/reports: chgrp www-data /srv/reports && chmod g+x ", on: bare)
                // The web server can read the files, and the gate cannot.
                try bare.machine.run("chown www-data /srv/reports")
                try Self.expectRefusal(64, "the gate's user cannot enter /srv/reports: ", on: bare)
                try bare.machine.run("chgrp www-data /srv/reports && chmod g+x /srv/reports")
                let setup = try bare.setUp()
                try #require(setup.end == .exited(0), "\(setup.output)")
                try bare.expectFile(BareMachine.link(setup.output))
            }
        }

        @Test("Sites as certbot changes them get links below https", arguments: MachineRequirements.releases)
        func certbot(_ release: Release) throws {
            for server in ["nginx", "apache2"] {
                try BareMachine.with(server, release) { bare in
                    try bare.installPackage()
                    try bare.machine.run(
                        """
                        openssl req -x509 -newkey rsa:2048 -nodes -keyout /root/bare/key.pem -out /root/bare/certificate.pem \
                            -days 2 -subj /CN=example.org 2>/dev/null
                        echo 127.0.0.1 example.org >>/etc/hosts
                        """)
                    if server == "nginx" {
                        try bare.machine.write(Self.nginxSite, to: "/etc/nginx/sites-enabled/example.org")
                    } else {
                        try bare.machine.write(
                            Self.apacheSite, to: "/etc/apache2/sites-enabled/example.org-le-ssl.conf")
                        try bare.machine.run("a2enmod --quiet ssl rewrite")
                    }
                    try bare.machine.run("systemctl restart \(server)")
                    if server == "nginx" {
                        try Self.expectRefusal(
                            64, "return 301 https://$host$request_uri; use the URL of", on: bare, "--edit",
                            url: "http://example.org/files/")
                    }
                    let setup = try bare.setUp("--edit --insecure", url: "https://example.org/files/")
                    try #require(setup.end == .exited(0), "\(setup.output)")
                    #expect(setup.output.contains("0 FAIL"), "\(setup.output)")
                    try bare.expectFile(BareMachine.link(setup.output), "--insecure")
                    // Renewed, and not in use yet.
                    try bare.machine.run("touch -d '+1 minute' /root/bare/certificate.pem")
                    let check = try bare.machine.attempt(
                        "sendfile-gate check --config /etc/sendfile-gate/sendfile-gate.conf --url https://example.org/files/"
                    )
                    #expect(check.end == .exited(69), "\(check.output)")
                    #expect(check.output.contains("systemctl reload \(server)   ("), "\(check.output)")
                    #expect(check.output.contains("/root/bare/certificate.pem was replaced since"), "\(check.output)")
                    #expect(!check.output.contains("firewall") && !check.output.contains("does not listen"))
                }
            }
        }

        private static let nginxSite = """
            server {
                server_name example.org;
                root /var/www/html;
                location / { try_files $uri $uri/ =404; }
                location ~* \\.(pdf|css|js)$ { expires 30d; }
                listen [::]:443 ssl ipv6only=on; # managed by Certbot
                listen 443 ssl; # managed by Certbot
                ssl_certificate /root/bare/certificate.pem; # managed by Certbot
                ssl_certificate_key /root/bare/key.pem; # managed by Certbot
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

        private static let apacheSite = """
            <VirtualHost *:80>
                ServerName example.org
                DocumentRoot /var/www/html
                RewriteEngine on
                RewriteCond %{SERVER_NAME} =example.org
                RewriteRule ^ https://%{SERVER_NAME}%{REQUEST_URI} [END,NE,R=permanent]
            </VirtualHost>
            <IfModule mod_ssl.c>
            <VirtualHost *:443>
                ServerName example.org
                DocumentRoot /var/www/html
                SSLEngine on
                SSLCertificateFile /root/bare/certificate.pem
                SSLCertificateKeyFile /root/bare/key.pem
            </VirtualHost>
            </IfModule>

            """

        @Test("A user who is not root gets a sentence, also for a dry run", arguments: MachineRequirements.releases)
        func user(_ release: Release) throws {
            try BareMachine.with("nginx", release) { bare in
                try bare.installPackage()
                for option in ["", "--dry-run"] {
                    let run = try bare.machine.attempt(
                        "setpriv --reuid=nobody --regid=nogroup --clear-groups sendfile-gate init --server nginx "
                            + "--root /srv/reports --url http://localhost/files/ \(option)")
                    #expect(run.end == .exited(77))
                    #expect(run.output.contains("only root can set up a web server"), "\(run.output)")
                }
            }
        }

        @Test("The web server must be installed, and the only one is chosen", arguments: MachineRequirements.releases)
        func choice(_ release: Release) throws {
            try BareMachine.with("lighttpd", release) { bare in
                try bare.installPackage()
                let command = "sendfile-gate init --root /srv/reports --url http://localhost/files/ </dev/null"
                let several = try bare.machine.attempt(command)
                #expect(several.end == .exited(64))
                #expect(several.output.contains("--server (nginx, lighttpd, apache) is missing"), "\(several.output)")

                defer { _ = try? bare.machine.run("chmod +x /usr/sbin/nginx /usr/sbin/lighttpd /usr/sbin/apache2") }
                try bare.machine.run("chmod -x /usr/sbin/nginx /usr/sbin/apache2")
                let other = try bare.machine.attempt("\(command) --server nginx")
                #expect(other.end == .exited(64))
                #expect(
                    other.output.contains("not installed: apt install nginx   (installed: lighttpd)"), "\(other.output)"
                )
                let only = try bare.machine.attempt(command, seconds: 300)
                try #require(only.end == .exited(0), "\(only.output)")
                try bare.expectFile(BareMachine.link(only.output))

                try bare.machine.run("chmod -x /usr/sbin/lighttpd")
                let none = try bare.machine.attempt(command)
                #expect(none.end == .exited(69))
                #expect(none.output.contains("neither nginx nor lighttpd nor Apache is installed"), "\(none.output)")
            }
        }

        @Test(
            "Existing settings are kept if they agree, and named if they do not",
            arguments: MachineRequirements.releases)
        func settings(_ release: Release) throws {
            try BareMachine.with("nginx", release) { bare in
                try bare.installPackage()
                let file = "/etc/sendfile-gate/sendfile-gate.conf"
                try bare.machine.run("echo 'SENDFILE_ROOT=/srv/other' >\(file)")
                try Self.expectRefusal(73, "\(file), line 1 sets SENDFILE_ROOT to \"/srv/other\"", on: bare)
                try bare.machine.run("echo 'SENDFILE_ROOT=/srv/reports\nSENDFILE_LINK_TIMEOUT=2d' >\(file)")
                let setup = try bare.setUp()
                try #require(setup.end == .exited(0), "\(setup.output)")
                try bare.expectFile(BareMachine.link(setup.output))
                #expect(
                    try bare.machine.run("head -n 2 \(file)")
                        == "SENDFILE_ROOT=/srv/reports\nSENDFILE_LINK_TIMEOUT=2d\n")
            }
        }

        @Test(
            "A default site with a name of its own is the fallback for another host",
            arguments: MachineRequirements.releases)
        func otherName(_ release: Release) throws {
            try BareMachine.with("nginx", release) { bare in
                try bare.installPackage()
                try bare.machine.run(
                    """
                    sed -i 's/server_name _;/server_name shop.example;/' /etc/nginx/sites-available/default
                    systemctl reload nginx
                    """)
                try Self.expectRefusal(73, "/etc/nginx/sites-available/default is your own file", on: bare)
                let setup = try bare.setUp("--edit")
                try #require(setup.end == .exited(0), "\(setup.output)")
                #expect(setup.output.contains("No server block of nginx has the name localhost"), "\(setup.output)")
                try bare.expectFile(BareMachine.link(setup.output))
            }
        }

        @Test("nginx without the sites of its package gets a sentence", arguments: MachineRequirements.releases)
        func noSites(_ release: Release) throws {
            try BareMachine.with("nginx", release) { bare in
                try bare.installPackage()
                try bare.machine.run("sed -i '/sites-enabled/d' /etc/nginx/nginx.conf && systemctl reload nginx")
                try Self.expectRefusal(64, "no server block in the files that nginx reads", on: bare)
            }
        }
    }
}
