extension SetupPlanner {
    /// Adds a file to conf-available, and enables it as lighty-enable-mod does.
    mutating func addLighttpd() throws(SetupRefusal) {
        let request = self.request
        if request.isSecure, !self.facts.configuration.contains("ssl.engine") {
            throw .unsuitable(
                "--url is \(request.url.text), and lighttpd's configuration enables no TLS (ssl.engine): set it up first, or use http://"
            )
        }
        try self.requireNoRedirect()
        let name = "90-sendfile-gate.conf"
        try self.createOrKeep(request.server.ownFile, self.readyMade.lighttpd)
        try self.linkOrKeep("/etc/lighttpd/conf-enabled/\(name)", to: "../conf-available/\(name)")
    }
}
