/// The server block of nginx that handles a URL.
struct NginxHost {
    /// The file with the block, and its content.
    let path: String
    let text: String
    let block: Directive
    /// Whether the block has the URL's host among its names.
    let isNamed: Bool

    /// Whether the block has a location of this name, with or without a slash at its end.
    func hasLocation(_ name: String) -> Bool {
        self.block.children("location").compactMap { $0.words.last }.contains { $0 == name || $0 == name.dropLast() }
    }

    /// A directive of a block that answers all requests before any location can, with a `return` of its own. An `if` before it
    /// that redirects is preferred, as certbot writes it, because it says where to go.
    var wholesaleAnswer: Directive? {
        guard let answer = self.block.children("return").first else { return nil }
        let conditional = self.block.children("if").flatMap { $0.children("return") }
        return conditional.first { $0.words.first?.hasPrefix("3") == true } ?? answer
    }

    /// Finds the block as nginx does: by the port, then by the name, then the default server.
    ///
    /// - Parameter files: The paths and contents of the configuration's files, in nginx's order.
    static func find(_ request: SetupRequest, in files: [(path: String, text: String)]) -> NginxHost? {
        var named: (rank: Int, host: NginxHost)?
        var standard: NginxHost?
        var isMarked = false
        for file in files {
            let directives = NginxSyntax.read(ConfigurationText(file.text, file: file.path))
            for block in NginxSyntax.servers(directives) {
                let listens = Self.listens(of: block).filter {
                    $0.port == request.port && $0.isSecure == request.isSecure
                }
                guard !listens.isEmpty else { continue }
                let names = block.children("server_name").flatMap(\.words)
                if let rank = names.compactMap({ Self.rank($0, request.host) }).min(), rank < named?.rank ?? .max {
                    named = (rank, NginxHost(path: file.path, text: file.text, block: block, isNamed: true))
                }
                let marks = listens.contains(where: \.isDefault)
                if standard == nil || marks && !isMarked {
                    standard = NginxHost(path: file.path, text: file.text, block: block, isNamed: false)
                    isMarked = marks
                }
            }
        }
        return named?.host ?? standard
    }

    /// How exactly a name matches a host, 0 for the same name; `nil` if it does not match.
    static func rank(_ name: String, _ host: String) -> Int? {
        let name = name.lowercased()
        if name == host { return 0 }
        if name.hasPrefix(".") { return host == name.dropFirst() || host.hasSuffix(name) ? 1 : nil }
        if name.hasPrefix("*.") { return host.hasSuffix(name.dropFirst()) ? 1 : nil }
        if name.hasSuffix(".*") { return host.hasPrefix(name.dropLast()) ? 2 : nil }
        return nil
    }

    private struct Listen {
        var port = 80
        var isSecure = false
        var isDefault = false
    }

    private static func listens(of block: Directive) -> [Listen] {
        let directives = block.children("listen")
        guard !directives.isEmpty else { return [Listen()] }
        let isSecure = block.children("ssl").contains { $0.words.last == "on" }
        return directives.compactMap { directive in
            guard let address = directive.words.first, !address.hasPrefix("unix:") else { return nil }
            let options = directive.words.dropFirst()
            // "80", "*:80", "127.0.0.1", "[::]:80", "[::1]"
            let tail = address.split(separator: "]", omittingEmptySubsequences: false).last ?? ""
            let port = Int(address) ?? tail.lastIndex(of: ":").flatMap { Int(tail[tail.index(after: $0)...]) } ?? 80
            return Listen(
                port: port, isSecure: isSecure || options.contains("ssl"),
                isDefault: options.contains("default_server") || options.contains("default"))
        }
    }
}
