extension OrdinaryMistake {
    /// Mistakes with lighttpd.
    static let lighttpd = [
        Self(
            server: .lighttpd, title: "url.access-deny of the suffix",
            edits: [("url.access-deny := ( )", "url.access-deny := ( \"~\", \".inc\", \".txt\" )")],
            diagnosis: "link/gate-not-reached", line: .ofGate("url.access-deny := ( \"~\"")),
        Self(
            server: .lighttpd, title: "$HTTP[\"host\"] of another host",
            edits: [
                ("fastcgi.server = (\n", "$HTTP[\"host\"] == \"files.example.org\" {\nfastcgi.server = (\n"),
                ("    )),\n)\n", "    )),\n)\n}\n"),
            ],
            diagnosis: "link/gate-not-reached", line: .ofGate("$HTTP[\"host\"] == ")),
        Self(
            server: .lighttpd, title: "no check-local",
            edits: [("        \"check-local\" => \"disable\",\n", "")],
            diagnosis: "link/gate-not-reached", line: .missing("\"check-local\" => \"disable\"")),
        Self(
            server: .lighttpd, title: "a name and a password for the whole site",
            files: [
                (
                    "/etc/lighttpd/conf-enabled/80-staff.conf",
                    """
                    server.modules += ( "mod_auth", "mod_authn_file" )
                    auth.backend = "plain"
                    auth.backend.plain.userfile = "/etc/lighttpd/staff"
                    auth.require = ( "/" => ( "method" => "basic", "realm" => "Staff", "require" => "valid-user" ) )

                    """
                ), ("/etc/lighttpd/staff", "alice:wonderland\n"),
            ],
            diagnosis: "link/gate-not-reached",
            line: .of(file: "/etc/lighttpd/conf-enabled/80-staff.conf", text: "auth.require")),
        Self(
            server: .lighttpd, title: "a redirect to https",
            files: [
                (
                    "/etc/lighttpd/conf-enabled/80-https.conf",
                    """
                    server.modules += ( "mod_redirect" )
                    $HTTP["scheme"] == "http" {
                        url.redirect = ( "^/(.*)" => "https://files.example.org/$1" )
                    }

                    """
                )
            ],
            diagnosis: "link/gate-not-reached",
            line: .of(file: "/etc/lighttpd/conf-enabled/80-https.conf", text: "url.redirect")),
        Self(
            server: .lighttpd, title: "mod_fastcgi is not loaded",
            edits: [("\"mod_access\", \"mod_fastcgi\"", "\"mod_access\"")],
            diagnosis: "link/gate-not-reached", line: .ofGate("server.modules +=")),
    ]

    private static let granted = "        Require all granted\n    </Location>"

    /// Mistakes with Apache.
    static let apache = [
        Self(
            server: .apacheFcgid, title: "ServerName is not the URL's host",
            edits: [
                ("<VirtualHost 127.0.0.1:@PORT@>", "<VirtualHost *:@PORT@>"),
                ("    ServerName localhost\n", "    ServerName files.example.org\n"),
            ],
            files: [
                (
                    "/etc/apache2/sites-enabled/000-another.conf",
                    "<VirtualHost *:8083>\n    ServerName www.example.org\n    DocumentRoot /var/www/html\n</VirtualHost>\n"
                )
            ],
            host: "127.0.0.1", diagnosis: "link/gate-not-reached", line: .ofGate("ServerName files.example.org")),
        Self(
            server: .apacheFcgid, title: "Require ip",
            edits: [(granted, "        Require ip 192.0.2.0/24\n    </Location>")],
            host: "127.0.0.1", diagnosis: "link/gate-not-reached", line: .ofGate("Require ip 192.0.2.0/24")),
        Self(
            server: .apacheFcgid, title: "a name and a password for the whole site",
            edits: [
                (
                    granted,
                    """
                            AuthType Basic
                            AuthName "Staff"
                            AuthUserFile /etc/apache2/staff
                            Require valid-user
                        </Location>
                    """
                )
            ],
            files: [("/etc/apache2/staff", "alice:{SHA}invalid\n")],
            host: "127.0.0.1", diagnosis: "link/gate-not-reached", line: .ofGate("Require valid-user")),
        Self(
            server: .apacheFcgid, title: "FcgidWrapper without virtual",
            edits: [(" serve\" virtual", " serve\"")],
            host: "127.0.0.1", diagnosis: "link/gate-not-reached", line: .ofGate("FcgidWrapper ")),
        Self(
            server: .apacheFcgid, title: "a secret file that does not exist",
            edits: [("SENDFILE_LINK_SECRET_FILE \"@SECRET@\"", "SENDFILE_LINK_SECRET_FILE \"@SECRET@.txt\"")],
            host: "127.0.0.1", diagnosis: "status/program-failed", line: .ofGate("SENDFILE_LINK_SECRET_FILE")),
        Self(
            server: .apacheFcgid, title: "a redirect to https",
            edits: [
                (
                    "    ServerName localhost\n",
                    "    ServerName localhost\n    Redirect permanent \"/\" \"https://files.example.org/\"\n"
                )
            ],
            host: "127.0.0.1", diagnosis: "link/gate-not-reached", line: .ofGate("Redirect permanent")),
        Self(
            server: .apacheFcgid, title: "a virtual host for IPv4, and a URL that leads to IPv6",
            host: "[::1]", diagnosis: "link/gate-not-reached", line: .ofGate("<VirtualHost 127.0.0.1:")),
        Self(
            server: .apacheFcgid, title: "a block of robots and scripts",
            edits: [
                (
                    "    ServerName localhost\n",
                    """
                        ServerName localhost
                        <If "%{HTTP_USER_AGENT} =~ /bot|check/">
                            Require all denied
                        </If>

                    """
                )
            ],
            host: "127.0.0.1", diagnosis: "link/gate-not-reached", line: .ofGate("Require all denied")),
        Self(
            server: .apacheFcgid, title: "LimitRequestLine is shorter than a link",
            edits: [("<VirtualHost 127", "LimitRequestLine 50\n<VirtualHost 127")],
            host: "127.0.0.1", diagnosis: "link/gate-not-reached", line: .ofGate("LimitRequestLine 50")),
        Self(
            server: .apacheFcgid, title: "the site is not enabled",
            script: "rm /etc/apache2/sites-enabled/sendfile-gate.conf; systemctl restart apache2",
            host: "127.0.0.1", diagnosis: "link/gate-not-reached", line: .missing("a2ensite")),
    ]
}
