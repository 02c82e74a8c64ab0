import Testing

/// A row of the tables: a web server, and how a file gets to it.
struct Delivery: Hashable, Sendable, CustomTestStringConvertible {
    let server: WebServer
    /// Whether the bytes go through the program although the server could send the file.
    let streams: Bool

    /// Every way in which a download can go.
    static let all =
        WebServer.allCases.map { Delivery(server: $0, streams: false) }
        // Two configurations of one server stream alike.
        + WebServer.allCases.filter { $0 != .apacheLocalRedirect }.map { Delivery(server: $0, streams: true) }

    var testDescription: String { self.streams ? "stream behind \(self.server.rawValue)" : self.server.rawValue }
}
