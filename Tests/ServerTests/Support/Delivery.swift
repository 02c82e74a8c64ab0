import Testing

/// A row of the tables: a web server, and how a file gets to it.
struct Delivery: Hashable, Sendable, CustomTestStringConvertible {
    let server: WebServer
    /// Whether the bytes go through the program although the server could send the file.
    let streams: Bool
    /// Whether the program is denied openat2(2), as below systemd's RestrictSUIDSGID=, and resolves paths itself.
    var isWithoutOpenat2 = false
    /// The release of Debian on whose machine it is; `nil` for a server that the tests start beside themselves.
    var release: Release?

    /// Every way in which a download can go.
    static let all =
        WebServer.allCases.map { Delivery(server: $0, streams: false) }
        // Two configurations of one server stream alike.
        + WebServer.allCases.filter { $0 != .apacheLocalRedirect }.map { Delivery(server: $0, streams: true) }

    /// The same ways, with both ways of keeping a path inside the root.
    static let allWithBothWalls =
        Self.all + Self.all.map { Delivery(server: $0.server, streams: $0.streams, isWithoutOpenat2: true) }

    var testDescription: String {
        let name = self.streams ? "stream behind \(self.server.rawValue)" : self.server.rawValue
        let place = self.release.map { ", \($0.testDescription)" } ?? ""
        return "\(name)\(self.isWithoutOpenat2 ? ", without openat2" : "")\(place)"
    }

    /// What the commands that start programs begin with.
    var wrapper: [String] { self.isWithoutOpenat2 ? ["\(CodeBlock.package)/Tests/without-openat2"] : [] }

    /// The same ways on the machine of a release. Those of one server are beside each other, for it is set up anew for each.
    static func all(on release: Release) -> [Delivery] {
        WebServer.allCases.flatMap { server in
            Self.all.filter { $0.server == server }.map {
                Delivery(server: server, streams: $0.streams, release: release)
            }
        }
    }

    /// The same on every machine that can be booted here.
    static let onMachines = MachineRequirements.releases.flatMap(Self.all(on:))

    /// Whether both go the same way, on whatever machine.
    func isLike(_ other: Delivery) -> Bool { self.server == other.server && self.streams == other.streams }
}
