import Glibc

/// Web servers, each on its own host, in front of three application servers, each on its own host with its own copy of the
/// files.
struct SeveralServers: Sendable {
    /// A sparse file that no buffer on the way holds completely.
    static let big = (name: "big.bin", size: 64 << 20)

    let fronts: [BalancingServer]
    let applications: [ApplicationServer]

    /// - Parameters:
    ///   - kinds: The web servers.
    ///   - readTimeout: The time in seconds after which a server counts as frozen; `nil` for that of the configuration.
    ///   - changes: Texts of the web servers' configurations and their replacements.
    init(
        _ kinds: [BalancingServer.Kind], readTimeout: Int? = nil, changes: [(old: String, new: String)] = []
    ) throws {
        let hosts = try HostNetwork(hosts: kinds.count + 3).hosts
        let peers = hosts.prefix(kinds.count).map(\.address)
        self.applications = try zip(["first", "second", "third"], hosts.dropFirst(kinds.count)).map { name, host in
            try ApplicationServer(name, on: host, root: try Self.makeFiles(for: name), peers: peers)
        }
        let addresses = self.applications.map(\.host.address)
        self.fronts = try zip(kinds, hosts).map { kind, host in
            let limit = kind.readTimeout
            let limits = readTimeout.map { [(old: limit.line, new: limit.seconds($0))] } ?? []
            return try BalancingServer(kind, on: host, applications: addresses, changes: limits + changes)
        }
        for front in self.fronts { try front.wait(for: self.instances) }
    }

    var instances: [String] { self.applications.map(\.instance) }

    /// A server's own copy of the files: other inodes, and for the third server another file system.
    private static func makeFiles(for name: String) throws -> String {
        let root: String
        if name == "third" {
            var template = Array("/dev/shm/swift-sendfile-tests-XXXXXX".utf8CString)
            guard mkdtemp(&template) != nil else { throw Failure.system("make a directory in /dev/shm") }
            root = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
            Watchdog.shared.remove(atEnd: root)
        } else {
            root = try Workspace.shared.makeDirectory("files-\(name)")
        }
        try Files.write(Corpus.content(of: "plain.txt"), to: "\(root)/plain.txt".utf8)
        try Files.write(Corpus.large.content, to: "\(root)/\(Corpus.large.name)".utf8)
        let marks = [0: "start", 32 << 20: "middle", (64 << 20) - 3: "end"]
        try Files.writeSparse(size: Self.big.size, marks: marks, to: "\(root)/\(Self.big.name)")
        return root
    }

    /// Stops all servers.
    ///
    /// - Parameter ended: The number of web servers, the first ones, that have ended already.
    func stop(ended: Int = 0) throws {
        for front in self.fronts.dropFirst(ended) { try front.stop() }
        for application in self.applications {
            application.signal(SIGTERM)
            guard try application.waitForEnd() == .exited(0) else { throw Failure("\(application.instance) failed") }
        }
    }
}
