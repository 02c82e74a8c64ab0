extension SetupPlanner {
    /// Finds the server block of the URL's host, before any step is added.
    func nginxHost() throws(SetupRefusal) -> NginxHost {
        // The paths are those of nginx -T; the content is the file's, because it is compared with the file later.
        var files: [(path: String, text: String)] = []
        for path in Self.nginxFiles(in: self.facts.configuration) {
            guard let resolved = self.facts.resolved(path), let state = try self.state(resolved) else { continue }
            files.append((resolved, state.content))
        }
        let request = self.request
        try self.requireUser(in: files.map(\.text))
        guard let host = NginxHost.find(request, in: files) else {
            throw .unsuitable(
                request.isSecure
                    ? "--url is \(request.url.text), and no server block of nginx listens on port \(request.port) with TLS: set up TLS first "
                        + "(certbot --nginx -d \(request.host)), or use http://"
                    : "--url is \(request.url.text), and no server block in the files that nginx reads (nginx -T) listens on port "
                        + "\(request.port) without TLS: create or enable one, such as Debian's (ln -s ../sites-available/default "
                        + "/etc/nginx/sites-enabled/, if nginx.conf includes that directory)"
            )
        }
        return host
    }

    /// conf/nginx's internal location for files, and the one for a host with a location of that name.
    static let nginxInternalURLs = ["/protected/", "/sendfile-gate-files/"]

    /// The internal location for files. That of an earlier setup stays, because all hosts include the same file.
    func nginxInternalURL(_ host: NginxHost) throws(SetupRefusal) -> String {
        if let made = try self.state(self.request.server.ownFile)?.content {
            for url in Self.nginxInternalURLs where made == self.readyMade.nginx(url) { return url }
        }
        return host.hasLocation(Self.nginxInternalURLs[0]) ? Self.nginxInternalURLs[1] : Self.nginxInternalURLs[0]
    }

    /// Adds a file with the locations, and one line in the server block that includes it.
    mutating func addNginx(_ host: NginxHost) throws(SetupRefusal) {
        let request = self.request
        try self.addDirectory("/etc/nginx/snippets")
        try self.createOrKeep(request.server.ownFile, self.readyMade.nginx(self.nginxInternalURL(host)))
        let include = "include \(request.server.ownFile);"
        if host.block.children("include").contains(where: { $0.words.last == request.server.ownFile }) { return }
        if let answer = host.wholesaleAnswer {
            throw .unsuitable(
                "\(host.path), line \(answer.line) answers every request for \(request.host) on port \(request.port): "
                    + "\(answer.wholeText); use the URL of another server block"
                    + (request.isSecure ? "" : ", such as https://\(request.host)\(request.prefix)/"))
        }
        if !host.isNamed {
            self.note(
                "No server block of nginx has the name \(request.host), so the one in \(host.path), line \(host.block.line), handles it."
            )
        }
        guard let brace = host.block.end else { return }
        guard request.mayEdit || self.facts.unchangedFiles.contains(host.path) else {
            throw .edit(path: host.path, line: brace.line, text: include)
        }
        let bytes = Array(host.text.utf8)
        // Before the brace at the end of the block, on a line of its own.
        var end = brace.offset
        while end > 0, bytes[end - 1] == UInt8(ascii: " ") || bytes[end - 1] == UInt8(ascii: "\t") { end -= 1 }
        let isAtLineStart = end == 0 || bytes[end - 1] == UInt8(ascii: "\n")
        let new =
            String(decoding: bytes[..<end], as: UTF8.self) + "\(isAtLineStart ? "" : "\n")    \(include)\n"
            + String(decoding: bytes[end...], as: UTF8.self)
        self.edit(
            host.path, from: host.text, to: new, lines: ["line \(brace.line): \(include)"])
    }

    /// Refuses a user of nginx that may not connect to the gate's socket, such as that of nginx.org's packages.
    private func requireUser(in files: [String]) throws(SetupRefusal) {
        let group = GatePaths.group
        let users = files.flatMap { NginxSyntax.read(ConfigurationText($0, file: "")) }.filter { $0.name == "user" }
        guard let directive = users.first, let name = directive.words.first else { return }
        let groups = directive.words.dropFirst()
        guard name != "root", name != group, !groups.contains(group), !self.facts.isMember(name) else { return }
        throw .unsuitable(
            "nginx runs as the user \(name), who may not connect to the gate: usermod --append --groups \(group) \(name) && "
                + "systemctl restart nginx")
    }

    /// The paths of "# configuration file /etc/nginx/nginx.conf:" lines.
    private static func nginxFiles(in dump: String) -> [String] {
        let prefix = "# configuration file "
        return dump.split(separator: "\n").filter { $0.hasPrefix(prefix) && $0.hasSuffix(":") }
            .map { String($0.dropFirst(prefix.count).dropLast()) }
    }
}
