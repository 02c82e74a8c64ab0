/// The configurations of web servers, proxies and caches whose languages are not read.
///
/// Their lines are not understood, so those are named that contain a part of the request's way: the prefix of the links, the URL's
/// host, or the port of the web server behind.
enum FrontFiles {
    /// The files by the name of the program that listens on the URL's port.
    private static let files = [
        "caddy": "/etc/caddy/Caddyfile", "haproxy": "/etc/haproxy/haproxy.cfg", "varnishd": "/etc/varnish/default.vcl",
        "hitch": "/etc/hitch/hitch.conf", "squid": "/etc/squid/squid.conf",
    ]
    /// The most lines.
    private static let most = 8

    /// The lines about the request.
    static func lines(_ facts: Facts) -> [String] {
        guard facts.configuration == nil, facts.whole.status != 200 else { return [] }
        let request = RoutedRequest(facts.target.url)
        let ports = ServerConfiguration.all.filter(\.passesToGate).flatMap(\.addresses).map(\.address.port)
        return facts.trail.listeners.sorted().compactMap { Self.files[$0] }.flatMap { file in
            Self.lines(
                of: file, prefix: facts.target.gate?.base.path ?? "/", host: request.host,
                ports: Set(ports).subtracting([request.port]))
        }
    }

    /// - Parameters:
    ///   - prefix: The path with which links begin.
    ///   - ports: The ports of web servers behind.
    static func lines(of file: String, prefix: String, host: String, ports: Set<Int>) -> [String] {
        PlainLines.read(file).compactMap { line -> String? in
            let text = String(line.name.drop { $0 == " " || $0 == "\t" })
            guard !text.hasPrefix("#") else { return nil }
            let words = text.split { " \t\",;{}".contains($0) }
            let isAbout = words.contains { word in
                prefix != "/" && word.contains(prefix) || word.lowercased() == host
                    || ports.contains { word.hasSuffix(":\($0)") || word == "\($0)" || word.hasSuffix(":\($0)/") }
            }
            return isAbout ? "\(line.place): \(text)   (about this URL, or the web server behind)" : nil
        }.prefix(Self.most).map { $0 }
    }
}
