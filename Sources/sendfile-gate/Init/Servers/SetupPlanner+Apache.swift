extension SetupPlanner {
    /// Adds a file to conf-available, and enables it and the modules with symbolic links.
    mutating func addApache() throws(SetupRefusal) {
        let request = self.request
        // A line of "apache2ctl -t -D DUMP_VHOSTS" for each host: "*:443  example.org (/etc/apache2/sites-enabled/a.conf:1)".
        if request.isSecure, !self.facts.configuration.contains(":\(request.port) ") {
            throw .unsuitable(
                "--url is \(request.url.text), and Apache has no virtual host on port \(request.port): set up TLS first "
                    + "(certbot --apache -d \(request.host)), or use http://")
        }
        try self.requireNoRedirect()
        guard try self.state("/etc/apache2/mods-available/xsendfile.load") != nil else {
            throw .unsuitable("Apache's module xsendfile is not installed: apt install libapache2-mod-xsendfile")
        }
        // The links of a2enmod and a2enconf. These commands also record who enabled and disabled a part, in
        // /var/lib/apache2; a2dismod cannot restore the previous record, with which Debian's upgrades decide.
        for module in ["alias", "env", "proxy", "proxy_fcgi", "xsendfile"] {
            for file in ["\(module).conf", "\(module).load"]
            where try self.state("/etc/apache2/mods-available/\(file)") != nil {
                try self.enableForApache("mods", file)
            }
        }
        try self.createOrKeep(request.server.ownFile, self.apacheConfiguration)
        try self.enableForApache("conf", "sendfile-gate.conf")
    }

    /// Links a file of mods-available or conf-available, unless it is enabled.
    private mutating func enableForApache(_ kind: String, _ file: String) throws(SetupRefusal) {
        let path = "/etc/apache2/\(kind)-enabled/\(file)"
        guard try self.state(path) == nil else { return }
        try self.linkOrKeep(path, to: "../\(kind)-available/\(file)")
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
