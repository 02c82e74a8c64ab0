import SignedLinks

/// The place of a server: `valkey://host:6379`, `valkey://user@[2001:db8::1]:6379/2`, or `valkey:///run/valkey/valkey.sock`.
struct ValkeyAddress: Sendable, Equatable {
    enum Endpoint: Sendable, Equatable {
        case host(String, port: UInt16)
        case socket(String)
    }

    let endpoint: Endpoint
    /// The user of the server's access control list; `nil` for its default one.
    let user: String?
    /// The number of the database.
    let database: UInt16

    static let form =
        "valkey://host:port, valkey://user@host:port/database, or valkey:///path of a socket; the password is given apart"

    init(_ text: String) throws(GrantLedgerError) {
        // A password in the text would be shown with it.
        let invalid = GrantLedgerError(.invalidPlace, "the URL of the ledger is not \(Self.form)")
        guard let start = ["valkey://", "redis://"].first(where: text.hasPrefix) else { throw invalid }
        let rest = text.dropFirst(start.count)
        if rest.first == "/" {
            // The length of sun_path, with a NUL at its end.
            guard (2..<108).contains(rest.utf8.count), !rest.utf8.contains(0) else { throw invalid }
            (self.endpoint, self.user, self.database) = (.socket(String(rest)), nil, 0)
            return
        }
        var authority = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(authority.count + 1)
        if let at = authority.lastIndex(of: "@") {
            let user = authority[..<at]
            guard !user.isEmpty, !user.contains(where: { ":%".contains($0) }) else { throw invalid }
            self.user = String(user)
            authority = authority[authority.index(after: at)...]
        } else {
            self.user = nil
        }
        var host = authority
        var port: UInt16 = 6379
        let colon = authority.lastIndex(of: ":")
        if let colon, !authority[colon...].contains("]") {
            guard let number = Self.number(authority[authority.index(after: colon)...]), number > 0 else {
                throw invalid
            }
            (host, port) = (authority[..<colon], number)
        }
        if host.first == "[", host.last == "]" {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw invalid
        }
        guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#[]@%".utf8.contains($0) }) else {
            throw invalid
        }
        guard path.isEmpty || Self.number(path) != nil else { throw invalid }
        self.endpoint = .host(String(host), port: port)
        self.database = Self.number(path) ?? 0
    }

    /// The place for messages.
    var description: String {
        switch self.endpoint {
        case .socket(let path): "\"\(path)\""
        case .host(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }

    private static func number(_ text: Substring) -> UInt16? {
        text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? UInt16(text) : nil
    }
}
