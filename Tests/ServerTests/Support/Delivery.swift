import Testing

/// A row of the tables: a web server, and how it obtains a file.
struct Delivery: Hashable, Sendable, CustomTestStringConvertible {
    let server: WebServer
    /// Whether the program streams the bytes although the server could send the file.
    let streams: Bool
    /// Whether openat2(2) is denied, as by systemd's RestrictSUIDSGID=, so that the program resolves paths itself.
    var isWithoutOpenat2 = false
    /// The release of Debian on whose machine the server runs; `nil` for a server started by the tests.
    var release: Release?

    /// All deliveries.
    static let all =
        WebServer.allCases.map { Delivery(server: $0, streams: false) }
        // Two configurations of one server stream in the same way.
        + WebServer.allCases.filter { $0 != .apacheLocalRedirect }.map { Delivery(server: $0, streams: true) }

    /// All deliveries, with both path resolvers.
    static let allWithBothWalls =
        Self.all + Self.all.map { Delivery(server: $0.server, streams: $0.streams, isWithoutOpenat2: true) }

    var testDescription: String {
        let name = self.streams ? "stream behind \(self.server.rawValue)" : self.server.rawValue
        let place = self.release.map { ", \($0.testDescription)" } ?? ""
        return "\(name)\(self.isWithoutOpenat2 ? ", without openat2" : "")\(place)"
    }

    /// The command prefix that starts programs.
    var wrapper: [String] { self.isWithoutOpenat2 ? ["\(CodeBlock.package)/Tests/without-openat2"] : [] }

    /// All deliveries on the machine of a release. Those of one server are adjacent, because each is set up in turn.
    static func all(on release: Release) -> [Delivery] {
        WebServer.allCases.flatMap { server in
            Self.all.filter { $0.server == server }.map {
                Delivery(server: server, streams: $0.streams, release: release)
            }
        }
    }

    /// All deliveries on every machine that can be booted here.
    static let onMachines = MachineRequirements.releases.flatMap(Self.all(on:))

    /// Whether both use the same server and the same method, on any machine.
    func isLike(_ other: Delivery) -> Bool { self.server == other.server && self.streams == other.streams }
}
