import SignedLinks

/// Gates that give cookies without TLS, and the tokens for them.
enum GrantSite {
    static func site(_ server: WebServer, _ settings: [String: String] = [:]) throws -> GateSite {
        try GateSite.shared(
            .init(
                server: server, settings: ["SENDFILE_GRANT_COOKIE": "without-tls"].merging(settings) { $1 }))
    }

    static var grants: SignedGrants { get throws { try SignedGrants(keys: [LinkKey(secret: GateSite.secret)]) } }

    /// A token for an hour.
    static func token(_ pattern: String, change: (inout Grant) -> Void = { _ in }) throws -> String {
        var grant = Grant(pattern, expires: .now + .seconds(3600))
        change(&grant)
        return try Self.grants.token(grant)
    }

    /// Requests for a file with the same token, one for each place.
    static func requests(_ path: String, _ token: String) -> [(target: String, fields: [String: String])] {
        [
            ("/\(path)?grant=\(token)", [:]), ("/~\(token)/\(path)", [:]), ("/\(path)", ["Cookie": "grant=\(token)"]),
            ("/\(path)", ["Cookie": "a=1; __Secure-grant=\(token); b=2"]),
        ]
    }
}
