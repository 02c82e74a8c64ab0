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
        try self.createOrKeep(request.server.ownFile, self.readyMade.apache)
        try self.enableForApache("conf", "sendfile-gate.conf")
    }

    /// Links a file of mods-available or conf-available, unless it is enabled.
    private mutating func enableForApache(_ kind: String, _ file: String) throws(SetupRefusal) {
        let path = "/etc/apache2/\(kind)-enabled/\(file)"
        guard try self.state(path) == nil else { return }
        try self.linkOrKeep(path, to: "../\(kind)-available/\(file)")
    }
}
