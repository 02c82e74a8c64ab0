/// The configurations of web servers, proxies and caches whose languages are not read.
///
/// Their lines are not understood, so those are named that contain a part of the request's way: the prefix of the links, the URL's
/// host, or the port of the web server behind.
enum FrontFiles {
    /// The files by the name of the program that listens on the URL's port.
    private static let files = [
        "haproxy": "/etc/haproxy/haproxy.cfg", "varnishd": "/etc/varnish/default.vcl", "hitch": "/etc/hitch/hitch.conf",
        "squid": "/etc/squid/squid.conf",
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

    /// The web servers of this machine that pass requests to the gate, and whose address a line of the listening program names.
    static func targets(_ facts: Facts) -> [ForwardingTarget] {
        let own = RoutedRequest(facts.target.url).port
        let ports = Set(ServerConfiguration.all.filter(\.passesToGate).flatMap(\.addresses).map(\.address.port))
        return facts.trail.listeners.sorted().compactMap { Self.files[$0] }.flatMap { file in
            Self.uncommented(file).flatMap { line, text in
                Self.addresses(in: text, ports: ports.subtracting([own])).map {
                    ForwardingTarget(line: line, address: $0, isSecure: false)
                }
            }
        }
    }

    /// The addresses with one of these ports in a line: `server web 127.0.0.1:8080 check`, `.port = "8080";`.
    static func addresses(in text: String, ports: Set<Int>) -> [ServerAddress] {
        let words = text.split { " \t\",;{}=".contains($0) }.map(String.init)
        let isPort = words.contains(".port")
        return words.compactMap { word in
            if isPort {
                return Int(word).flatMap { ports.contains($0) ? ServerAddress("127.0.0.1:\($0)", standard: nil) : nil }
            }
            // A line such as "bind :8080" is about the program itself.
            let address = word.replacing("http://", with: "").prefix { $0 != "/" }
            guard address.contains(":"), let found = ServerAddress(String(address), standard: nil),
                ports.contains(found.port), !words.contains("bind")
            else { return nil }
            return found
        }
    }

    /// The lines of a file without comments, with their texts.
    private static func uncommented(_ file: String) -> [(line: Directive, text: String)] {
        PlainLines.read(file).compactMap { line in
            let text = String(line.name.drop { $0 == " " || $0 == "\t" })
            return text.hasPrefix("#") ? nil : (line, text)
        }
    }

    /// - Parameters:
    ///   - prefix: The path with which links begin.
    ///   - ports: The ports of web servers behind.
    static func lines(of file: String, prefix: String, host: String, ports: Set<Int>) -> [String] {
        Self.uncommented(file).compactMap { line, text -> String? in
            let words = text.split { " \t\",;{}".contains($0) }
            let isAbout = words.contains { word in
                prefix != "/" && word.contains(prefix) || word.lowercased() == host
                    || ports.contains { word.hasSuffix(":\($0)") || word == "\($0)" || word.hasSuffix(":\($0)/") }
            }
            return isAbout ? "\(line.place): \(text)   (about this URL, or the web server behind)" : nil
        }.prefix(Self.most).map { $0 }
    }
}
