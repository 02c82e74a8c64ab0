import Glibc

/// The address on which a server listens.
public struct ListenAddress: Sendable, Hashable, CustomStringConvertible {
    enum Kind: Sendable, Hashable {
        case unix(path: String)
        case tcp(host: String, port: UInt16)
    }

    let kind: Kind

    /// A Unix socket at this path.
    public static func unix(path: String) -> Self { Self(kind: .unix(path: path)) }

    /// A TCP port. The host is a name or an address; an IPv6 address is written without brackets here.
    public static func tcp(host: String, port: UInt16) -> Self { Self(kind: .tcp(host: host, port: port)) }

    private init(kind: Kind) {
        self.kind = kind
    }

    /// Reads an address as `FASTCGI_LISTEN` contains it: a path (with a `/` in it, or after `unix:`), `host:port` or
    /// `[::1]:port`.
    ///
    /// `nil` if it is none of these.
    public init?(_ text: String) {
        if text.hasPrefix("unix:") {
            let path = String(text.dropFirst("unix:".count))
            guard !path.isEmpty else { return nil }
            self = .unix(path: path)
            return
        }
        if text.contains("/") {
            self = .unix(path: text)
            return
        }
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self = .tcp(host: String(host), port: port)
    }

    public var description: String {
        switch self.kind {
        // Without a slash, or with a prefix of its own, the path alone would be read as a different address.
        case .unix(let path): path.contains("/") && !path.hasPrefix("unix:") ? path : "unix:\(path)"
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
