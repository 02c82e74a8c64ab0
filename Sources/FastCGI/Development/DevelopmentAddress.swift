import Glibc

/// The address of the site.
struct DevelopmentAddress {
    /// The host as it was given: a name or an IP address, without brackets.
    private let host: String

    /// The host's IP address, because the web servers do not agree on the address of a name that has several.
    let ipAddress: String

    let port: UInt16

    /// Finds the IP address, and a free port for port 0. The port is in use from the web server's start on.
    init(_ options: DevelopmentOptions) throws(ListeningSocketError) {
        let socket = try ListeningSocket.openTCP(options.host, options.port)
        defer { socket.close() }
        self.host = options.host
        self.ipAddress = socket.ipAddress ?? options.host
        self.port = socket.port ?? options.port
    }

    /// The address on which the web server listens.
    var listening: ListenAddress { .tcp(host: self.ipAddress, port: self.port) }

    /// The address that a browser on this machine opens: a browser cannot connect to "all addresses".
    var url: String {
        let host =
            switch self.ipAddress {
            case "0.0.0.0": "127.0.0.1"
            case "::": "::1"
            default: self.host
            }
        return "http://\(ListenAddress.tcp(host: host, port: self.port))/"
    }

    /// Why other machines can use the site; `nil` if they cannot.
    ///
    /// - Parameter user: The user of every request.
    func warning(user: String?) -> String? {
        guard !self.ipAddress.utf8.starts(with: "127.".utf8), self.ipAddress != "::1" else { return nil }
        return "the site is not on a loopback address: every machine that reaches \(self.listening) can use it"
            + (user.map { ", as the user \($0)" } ?? "")
    }
}
