import Glibc

/// A site whose web server supports HTTPS and HTTP/2 on a second port.
final class SecureSite: Sendable {
    let site: Site
    let port: UInt16
    private let directory: String

    init(_ delivery: Delivery) throws {
        let directory = try Workspace.shared.makeDirectory("tls")
        let made = try Certificate(in: directory)
        let (key, certificate) = (made.key, made.file)
        for file in [key, certificate] { try Files.giveToServer(file) }
        let port = try Address.freePort()
        self.directory = directory
        self.port = port
        switch delivery.server {
        case .nginx:
            let line = "    listen 127.0.0.1:"
            let settings = [
                line: """
                \tlisten 127.0.0.1:\(port) ssl http2;
                \tssl_certificate \(certificate);
                \tssl_certificate_key \(key);
                \(line)
                """
            ]
            self.site = try Site(delivery, settings: settings)
        case .lighttpd:
            let line = "include \"sendfile.conf\"\n"
            let settings = [
                line: """
                server.modules += ( "mod_openssl" )
                \(line)$SERVER["socket"] == "127.0.0.1:\(port)" {
                    ssl.engine = "enable"
                    ssl.pemfile = "\(certificate)"
                    ssl.privkey = "\(key)"
                }

                """
            ]
            self.site = try Site(delivery, settings: settings)
        case .caddy:
            self.site = try Site(
                delivery,
                settings: [
                    "auto_https off": "auto_https disable_redirects\n\tskip_install_trust",
                    "http://:": "https://localhost:\(port), http://:",
                    // Caddy's internal certification authority.
                    "\tbind 127.0.0.1\n": "\tbind 127.0.0.1\n\ttls internal\n",
                ])
        case .apacheFcgid, .apacheProxyFcgi, .apacheLocalRedirect:
            self.site = try Site(delivery)
            try self.addHost(key: key, certificate: certificate)
        }
        try Deadline.wait("\(delivery) speaks HTTPS") {
            try self.curl("--http2 -o /dev/null https://localhost:\(port)/ready").end == .exited(0)
        }
    }

    /// Adds a virtual host for HTTPS to Apache, a copy of the existing one.
    private func addHost(key: String, certificate: String) throws {
        let directory = self.site.directory
        let name = self.site.delivery.server.files[1]
        let modules = "/usr/lib/apache2/modules"
        let host = try Files.text("\(directory)/\(name)")
            .replacing(
                "<VirtualHost 127.0.0.1:\(self.site.port)>",
                with: """
                    <VirtualHost 127.0.0.1:\(self.port)>
                    SSLEngine on
                    SSLCertificateFile "\(certificate)"
                    SSLCertificateKeyFile "\(key)"
                    Protocols h2 http/1.1
                    """)
        let main = "\(directory)/apache2.conf"
        try Files.write(
            """
            \(try Files.text(main))
            LoadModule ssl_module \(modules)/mod_ssl.so
            LoadModule http2_module \(modules)/mod_http2.so
            Listen 127.0.0.1:\(self.port)
            \(host)
            """, to: main)
        self.site.signalServer(SIGHUP)
    }

    /// Runs curl with arguments in shell syntax.
    func curl(_ words: String) throws -> (end: ChildProcess.End, output: String) {
        let log = "\(try Workspace.shared.makeDirectory("curl"))/log"
        // Some versions of curl always show the progress of several transfers.
        let command = "exec curl --silent --insecure --max-time 120 \(words) 2>/dev/null"
        let process = try ChildProcess(["sh", "-c", command], log: log)
        return (try process.waitForEnd(seconds: 150), try Files.text(log))
    }

    func stop() throws { try self.site.stop() }
}
