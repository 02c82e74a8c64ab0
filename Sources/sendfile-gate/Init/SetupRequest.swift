import Glibc

/// The validated options of init.
struct SetupRequest: Sendable {
    let server: SetupServer
    /// The directory of the files, without a slash at the end.
    let root: String
    /// The URL that precedes every link, without a slash at the end.
    let url: URLText
    /// The scheme is https.
    let isSecure: Bool
    let host: String
    let port: Int
    /// Whether a file of the administrator may be changed.
    private(set) var mayEdit: Bool

    /// The URL's path, without a slash at the end.
    var prefix: String { self.url.path }

    init(server: SetupServer, root: String, url: String, mayEdit: Bool) throws(GateError) {
        self.server = server
        self.mayEdit = mayEdit
        self.root = try Self.directory(root)
        guard url.contains("://") else {
            throw GateError(.usage, "--url is \(url.debugDescription), which does not begin with http:// or https://")
        }
        var trimmed = url
        while trimmed.hasSuffix("/") { trimmed.removeLast() }
        guard let text = URLText(trimmed), text.query.isEmpty, !url.contains("#"), !url.contains("?") else {
            throw GateError(
                .usage, "--url is \(url.debugDescription), which is not an http or https URL without a query")
        }
        guard Self.isPlain(text.path) else {
            throw GateError(
                .usage,
                "--url is \(url.debugDescription), which needs a path of letters, digits, - . _ and ~, such as "
                    + "\(text.origin)/files/; the web server keeps all other URLs")
        }
        self.url = text
        self.isSecure = text.origin.hasPrefix("https:")
        guard let (host, port) = Self.authority(of: text.origin), text.text.hasPrefix(text.origin) else {
            throw GateError(.usage, "--url is \(url.debugDescription), which contains an invalid host or port")
        }
        self.host = host.lowercased()
        self.port = port ?? (self.isSecure ? 443 : 80)
    }

    /// The same request with permission to change a file of the administrator.
    var allowingEdit: SetupRequest {
        var request = self
        request.mayEdit = true
        return request
    }

    private static func directory(_ path: String) throws(GateError) -> String {
        var root = path
        while root.hasSuffix("/") { root.removeLast() }
        guard root.hasPrefix("/"), !root.split(separator: "/").contains(where: { $0 == "." || $0 == ".." }) else {
            throw GateError(
                .usage,
                "--root is \(path.debugDescription), which is not the absolute path of the directory of the downloads")
        }
        guard root.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && !"\"\\$%".utf8.contains($0) }) else {
            throw GateError(
                .usage,
                "--root is \(path.debugDescription), which contains a character with a special meaning in a web server's "
                    + "configuration; rename the directory")
        }
        for temporary in ["/tmp", "/var/tmp"] where root == temporary || root.hasPrefix("\(temporary)/") {
            throw GateError(
                .usage,
                "--root is \(path.debugDescription), which the gate's service cannot see, because it has its own "
                    + "\(temporary) (PrivateTmp=yes); use a directory below /srv")
        }
        return root
    }

    /// Whether a URL path has components, and all of them mean the same in each web server's configuration.
    private static func isPlain(_ path: String) -> Bool {
        let components = path.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
        return components.allSatisfy { component in
            !component.isEmpty && component != "." && component != ".."
                && component.utf8.allSatisfy { byte in
                    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte
                        || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= byte || "-._~".utf8.contains(byte)
                }
        }
    }

    private static func authority(of origin: String) -> (host: String, port: Int?)? {
        guard let start = origin.firstRange(of: "://") else { return nil }
        let text = origin[start.upperBound...]
        let match = text.wholeMatch(of: /(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/)
        guard let match else { return nil }
        return (String(match.output.1), match.output.2.flatMap { Int($0) })
    }
}
