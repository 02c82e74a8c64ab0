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
        try self.createOrKeep(request.server.ownFile, self.lighttpdConfiguration)
        try self.linkOrKeep("/etc/lighttpd/conf-enabled/\(name)", to: "../conf-available/\(name)")
    }

    /// The directives of conf/lighttpd/gate.conf, for a prefix and the socket of systemd.
    private var lighttpdConfiguration: String {
        let prefix = self.request.prefix
        return """
            # lighttpd: pass the links below \(prefix)/ to sendfile-gate, and send the files whose links are valid
            # (X-Sendfile). Made by sendfile-gate init.

            server.modules += ( "mod_fastcgi", "mod_setenv" )

            $HTTP["url"] =~ "^\(prefix.replacing(".", with: "\\."))/" {
                fastcgi.server = (
                    "\(prefix)/" => ((
                        "socket" => "\(self.socket)",
                        # Links do not correspond to files below server.document-root.
                        "check-local" => "disable",

                        # Enables X-Sendfile, for files below the root only. SENDFILE_BACKEND tells the program so: set
                        # both or neither.
                        "x-sendfile" => "enable",
                        "x-sendfile-docroot" => ( "\(self.request.root)" ),
                    )),
                )
                setenv.add-environment = ( "SENDFILE_BACKEND" => "lighttpd" )

                # The program decides which URLs exist. Debian's lighttpd.conf denies all URLs that end with "~" or ".inc".
                url.access-deny = ( )

                # Streamed responses go to the client as they arrive, not through a temporary file.
                server.stream-response-body = 2

                # In KiB. The gate accepts no bodies: a body longer than this is answered with 413.
                server.max-request-size = 64
            }

            # By default, lighttpd keeps a sent file open under its name for one to two seconds. A file that replaces it
            # meanwhile with an older modification time (mv, rsync --times, a deployment) would be sent as the old bytes
            # with the new ETag, and clients would store them.
            server.stat-cache-engine := "disable"

            """
    }
}
