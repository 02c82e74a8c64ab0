import SendfileBasics

/// The request whose route is sought.
struct RoutedRequest: Sendable {
    let host: String
    let port: Int
    /// The decoded path.
    let path: String
    /// The address to which the request is sent; `nil` if it is unknown.
    let peer: String?

    init(_ url: URLText, peer: String? = nil) {
        self.peer = peer
        let authority = url.origin[(url.origin.firstRange(of: "://")?.upperBound ?? url.origin.startIndex)...]
        let isSecure = url.origin.hasPrefix("https")
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            self.host = String(authority[authority.index(after: authority.startIndex)..<end]).lowercased()
            self.port = Int(authority[end...].dropFirst(2)) ?? (isSecure ? 443 : 80)
        } else {
            let parts = authority.split(separator: ":")
            self.host = (parts.first ?? "").lowercased()
            self.port = parts.count > 1 ? Int(parts[1]) ?? 0 : isSecure ? 443 : 80
        }
        self.path = String(decoding: PercentEncoding.decode(url.path.utf8), as: UTF8.self)
    }

    /// The addresses that the host may have; empty if it is a name that needs a resolver.
    var addresses: [String] {
        if let peer = self.peer { return [peer] }
        if self.host == "localhost" { return ["::1", "127.0.0.1"] }
        let isAddress = self.host.contains(":") || self.host.allSatisfy { $0.isNumber || $0 == "." }
        return isAddress ? [self.host] : []
    }
}

/// An address at which a web server listens.
struct ServerAddress: Sendable {
    /// An address without brackets; `*` for every IPv4 address, `::` for every IPv6 address.
    let address: String
    let port: Int

    /// - Parameter standard: The port if the text names none; `nil` if it must name one.
    init?(_ text: String, standard: Int?) {
        if text.hasPrefix("unix:") || text.hasPrefix("/") { return nil }
        if let port = Int(text) {
            self.init(address: "*", port: port)
        } else if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            let rest = text[end...].dropFirst(2)
            guard let port = Int(rest) ?? (rest.isEmpty ? standard : nil) else { return nil }
            self.init(address: String(text[text.index(after: text.startIndex)..<end]), port: port)
        } else {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard let port = parts.count > 1 ? Int(parts[parts.count - 1]) : standard else { return nil }
            self.init(address: String(parts[0]), port: port)
        }
    }

    private init(address: String, port: Int) {
        let isAny = ["", "*", "0.0.0.0", "_default_"].contains(address)
        self.address = isAny ? "*" : address == "localhost" ? "127.0.0.1" : address.lowercased()
        self.port = port
    }

    /// The address for a connection from this machine.
    var connectable: String { self.address == "*" ? "127.0.0.1" : self.address == "::" ? "::1" : self.address }

    var isWildcard: Bool { self.address == "*" || self.address == "::" }

    /// Whether a request to this address can arrive here.
    ///
    /// - Parameter isDual: Whether a wildcard is for IPv4 and IPv6.
    func takes(_ address: String, isDual: Bool) -> Bool {
        self.address == address || self.isWildcard && (isDual || address.contains(":") == (self.address == "::"))
    }
}

extension RoutedRequest {
    /// The elements that take this request by address and port: those of its own address before those of all addresses.
    ///
    /// - Parameter isDual: Whether a wildcard is for IPv4 and IPv6.
    func select<Element>(_ elements: [(Element, ServerAddress)], isDual: Bool) -> [Element] {
        let atPort = elements.filter { $0.1.port == self.port }
        let exact = atPort.filter { self.addresses.contains($0.1.address) }
        if !exact.isEmpty { return exact.map(\.0) }
        let wildcards = atPort.filter(\.1.isWildcard)
        // Which address a name has is not known here.
        guard !self.addresses.isEmpty else { return (wildcards.isEmpty ? atPort : wildcards).map(\.0) }
        return wildcards.filter { element in self.addresses.contains { element.1.takes($0, isDual: isDual) } }
            .map(\.0)
    }

    /// Whether the host has this name, in which `*` stands for any text.
    func hasName(_ pattern: String) -> Bool {
        let parts = pattern.lowercased().split(separator: "*", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return pattern.lowercased() == self.host }
        return self.host.hasPrefix(parts[0]) && self.host.hasSuffix(parts[parts.count - 1])
            && self.host.count >= parts[0].count + parts[parts.count - 1].count
    }
}
