extension SetupPlanner {
    /// Adds a file to conf-available, and enables it and the modules as a2enconf and a2enmod do.
    mutating func addApache() throws(SetupRefusal) {
        let request = self.request
        // A line of "apache2ctl -t -D DUMP_VHOSTS" for each host: "*:443  example.org (/etc/apache2/sites-enabled/a.conf:1)".
        if request.isSecure, !self.facts.configuration.contains(":\(request.port) ") {
            throw .unsuitable(
                "--url is \(request.url.text), and Apache has no virtual host on port \(request.port): set up TLS first "
                    + "(certbot --apache -d \(request.host)), or use http://")
        }
        guard try self.state("/etc/apache2/mods-available/xsendfile.load") != nil else {
            throw .unsuitable("Apache's module xsendfile is not installed: apt install libapache2-mod-xsendfile")
        }
        for module in ["alias", "env", "proxy", "proxy_fcgi", "xsendfile"]
        where try self.state("/etc/apache2/mods-enabled/\(module).load") == nil {
            self.add(
                .init(
                    arguments: ["a2enmod", "--quiet", module], undo: ["a2dismod", "--quiet", "--force", module]))
        }
        try self.createOrKeep("/etc/apache2/conf-available/sendfile-gate.conf", self.apacheConfiguration)
        if try self.state("/etc/apache2/conf-enabled/sendfile-gate.conf") == nil {
            self.add(
                .init(
                    arguments: ["a2enconf", "--quiet", "sendfile-gate"],
                    undo: ["a2disconf", "--quiet", "sendfile-gate"]))
        }
    }

    /// The directives of conf/apache/proxy-fcgi.conf, for a prefix.
    private var apacheConfiguration: String {
        """
        # Apache with mod_proxy_fcgi and mod_xsendfile: pass the links below \(self.request.prefix)/ to sendfile-gate, and send
        # the files whose links are valid (X-Sendfile). Made by sendfile-gate init.

        <Location "\(self.request.prefix)/">
            ProxyPass "unix:\(self.socket)|fcgi://localhost/" timeout=300
            Require all granted

            # Versions after 0.12 (Debian 13) decode "%" in names by default; version 0.12 does not have this directive. The
            # program never names a file whose path contains "%".
            <IfDirective XSendFileUnescape>
                XSendFileUnescape off
            </IfDirective>

            # Enables X-Sendfile, for files below the root only. SENDFILE_BACKEND tells the program so: set both or neither.
            XSendFile on
            XSendFilePath "\(self.request.root)"
            SetEnv SENDFILE_BACKEND apache

            # Keeps the program's Content-Length on streamed responses. Without it, clients cannot show progress.
            SetEnv ap_trust_cgilike_cl yes

            # The gate accepts no bodies: a longer one is answered with 413.
            <If "req_novary('Content-Length') -gt 65536">
                Redirect 413 "/"
            </If>
        </Location>

        """
    }
}
