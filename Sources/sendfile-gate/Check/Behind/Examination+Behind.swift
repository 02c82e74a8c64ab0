import SignedLinks

/// Asking the web servers behind the one that answers.
extension Examination {
    /// The most servers.
    private static let mostServers = 8

    /// Sends the first request to each web server of this machine to which the URL is passed on.
    func askBehind(_ facts: Facts) async throws -> [BehindServer] {
        // Only the server in front knows the address of the client.
        guard let gate = self.target.gate, gate.binding.clientAddress == nil else { return [] }
        var servers: [BehindServer] = []
        for target in ForwardingTarget.find(facts).prefix(Self.mostServers) {
            servers.append(try await self.ask(target, gate))
        }
        return servers
    }

    private func ask(_ target: ForwardingTarget, _ gate: GateLinks) async throws -> BehindServer {
        let url = self.target.url
        let (name, port) = (RoutedRequest(url).host.bracketed, target.address.port)
        let origin = "\(target.isSecure ? "https" : "http")://\(name):\(port)"
        // A server that redirects to HTTPS asks the proxy for the client's scheme.
        let headers =
            self.target.headers
            + (url.origin.hasPrefix("https") && !target.isSecure ? ["X-Forwarded-Proto: https"] : [])
        var server = BehindServer(
            line: target.line, base: origin + gate.base.path, address: target.address.connectable, port: port,
            headers: headers)
        var curl = self.curl
        curl.address = server.address
        // The proxy decides whether it verifies a certificate.
        curl.isInsecure = true
        guard let same = URLText(origin + url.path + url.query) else { return server }
        do {
            let answer = try await curl.ask(
                Question(label: "GET at the web server behind", url: same, headers: headers, enough: Self.enough))
            server.isFile = answer.gives(self.target.file.size)
            server.answer = answer
        } catch let failure as CheckFailure where failure.code == .unreachable {
            let place = URLText("\(target.isSecure ? "https" : "http")://\(server.place)\(url.path)")
            if let place { server.reasons = await Unreachable.reasons(place, failure.description) }
        }
        return server
    }
}
