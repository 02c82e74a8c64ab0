import Glibc

/// Why a client does not accept the certificate of this machine's web server.
enum UntrustedCertificate {
    /// The likely reasons, one per line, with the lines that name the certificate.
    ///
    /// - Returns: `nil` if the failure is not about a certificate.
    static func reasons(_ request: RoutedRequest, _ failure: String) -> [String]? {
        let words = failure.lowercased()
        guard words.contains("certificate") || words.contains("alternative name") else { return nil }
        let locals = ServerConfiguration.all.compactMap { configuration in
            configuration.route(of: request).map { (configuration, $0) }
        }
        var reasons: [String] = []
        for (configuration, route) in locals {
            let names: Set = ["ssl_certificate", "sslcertificatefile", "sslcertificatechainfile", "ssl.pemfile"]
            let lines = route.innermost(names)
            reasons += lines.flatMap { line in
                let place = "\(line.place): \(line.text)"
                guard let reload = Self.reload(line, configuration) else {
                    return ["\(place)   (\(Self.remedy(words, request)))"]
                }
                return [reload, place]
            }
            if words.contains("name"), let site = route.site {
                reasons.append("\(site.place): \(site.text)   (this site answers)")
            }
        }
        return reasons + HostLines.shown(request.host)
    }

    /// The command after which a certificate that was replaced is in use.
    private static func reload(_ line: Directive, _ configuration: ServerConfiguration) -> String? {
        guard let file = line.words.last.map({ LighttpdRoute.plain($0) }),
            let start = ServerProcesses.lastReading(of: configuration.server)
                ?? ServerProcesses.all(of: configuration.server).map(\.start).max(),
            ProcessTimes.changed(file, after: start)
        else { return nil }
        // lighttpd reads certificates only when it starts.
        let command = configuration.server == .lighttpd ? "restart" : "reload"
        return
            "systemctl \(command) \(configuration.service)   (\(configuration.server.title) uses an older certificate: \(file) was replaced since)"
    }

    private static func remedy(_ words: String, _ request: RoutedRequest) -> String {
        if words.contains("expired") { return "renew it: certbot renew" }
        if words.contains("self-signed certificate") && !words.contains("in certificate chain") {
            return "it is signed by itself, not by an authority: --insecure accepts it here"
        }
        if words.contains("name") { return "it must be for \(request.host): certbot -d \(request.host)" }
        return "the file must also contain the certificates between it and the authority: fullchain.pem of certbot"
    }
}
