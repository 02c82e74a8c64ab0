import Glibc
import SystemPackage
import Testing

@testable import FastCGI

@Suite struct ListeningSocketTests {
    /// An empty directory, which is removed with its content.
    final class Directory: Sendable {
        let path: String

        init() {
            self.path = ScratchDirectory.make()
        }

        deinit {
            unlink(self.path + "/socket")
            rmdir(self.path)
        }

        var socket: String { self.path + "/socket" }
    }

    private static func server(
        _ address: ListenAddress?, _ change: @escaping (inout FastCGIServer.Configuration) -> Void = { _ in }
    ) -> FastCGIServer {
        FastCGIServer(
            configuration: .with {
                $0.listen = address
                change(&$0)
            }
        ) { Response(body: .string($0.path)) }
    }

    private static func mode(_ path: String) -> mode_t? {
        var status = stat()
        return stat(path, &status) == 0 ? status.st_mode & 0o777 : nil
    }

    @Test("A Unix socket has its mode, independent of the umask", arguments: [mode_t(0o660), 0o600, 0o666])
    func socketMode(mode: mode_t)
        async throws
    {
        let directory = Directory()
        let server = Self.server(.unix(path: directory.socket)) { $0.socketMode = .init(rawValue: mode) }
        let task = Task { try await server.run() }
        try await RunningServer.wait { (try? Peer(connectingTo: directory.socket)) != nil }
        #expect(Self.mode(directory.socket) == mode)
        task.cancel()
        try await task.value
        #expect(Self.mode(directory.socket) == nil)
    }

    @Test("A stale socket is replaced") func staleSocket() async throws {
        let directory = Directory()
        try Self.leaveStaleSocket(directory.socket)
        let server = Self.server(.unix(path: directory.socket))
        let task = Task { try await server.run() }
        try await RunningServer.wait { (try? Peer(connectingTo: directory.socket)) != nil }
        task.cancel()
        try await task.value
    }

    private static func leaveStaleSocket(_ path: String) throws {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        try #require(result == 0 && listen(descriptor, 1) == 0)
    }

    @Test("A socket in use is not removed") func usedSocket() async throws {
        let first = try await RunningServer { Response(body: .string($0.path)) }
        await #expect(
            throws: ListeningSocketError.unavailable(
                address: first.path, reason: "another program listens there; end it, or give another path")
        ) {
            try await Self.server(.unix(path: first.path)).run()
        }
        #expect(try first.peer().request("GET", "/still").body == Array("/still".utf8))
        try await first.stop()
    }

    @Test("A file that is not a socket is kept") func otherFile() async throws {
        let directory = Directory()
        close(creat(directory.socket, 0o600))
        await #expect(
            throws: ListeningSocketError.unavailable(
                address: directory.socket, reason: "a file that is not a socket is there; give another path")
        ) {
            try await Self.server(.unix(path: directory.socket)).run()
        }
    }

    @Test(
        "An invalid path is an error that names it",
        arguments: ["/nowhere/at/all/socket", "/" + String(repeating: "long/", count: 40)])
    func invalidPath(path: String) async throws {
        let error = await #expect(throws: ListeningSocketError.self) { try await Self.server(.unix(path: path)).run() }
        #expect(error?.description.firstRange(of: path) != nil)
    }

    @Test("The error about a missing directory names it and the remedy") func missingDirectory() async throws {
        let directory = Directory()
        let path = directory.path + "/nodir/socket"
        let error = await #expect(throws: ListeningSocketError.self) { try await Self.server(.unix(path: path)).run() }
        let sentence = "the directory \(directory.path)/nodir does not exist; create it"
        #expect(error?.description == "cannot listen on \(path): No such file or directory: \(sentence)")
    }

    @Test(
        "Each error about a socket's path names a remedy",
        arguments: [
            (ENOENT, "the directory /a/b does not exist; create it"), (ENOTDIR, "/a/b is not a directory"),
            (EACCES, "let the program's user write in /a/b"), (EPERM, "let the program's user write in /a/b"),
            (EROFS, "RuntimeDirectory="),
        ])
    func pathErrors(code: Int32, remedy: String) {
        let text = ListeningSocketError.failure(path: "/a/b/socket", code: code).description
        #expect(text.hasPrefix("cannot listen on /a/b/socket: \(Errno(rawValue: code)): "))
        #expect(text.contains(remedy))
    }

    @Test("The error about a socket's path names its directory, also / and the working directory") func directories() {
        #expect(ListeningSocketError.failure(path: "/socket", code: EACCES).description.contains("write in /,"))
        #expect(ListeningSocketError.failure(path: "socket", code: EACCES).description.contains("write in .,"))
    }

    @Test(
        "Each error about a TCP address names a remedy",
        arguments: [(EADDRINUSE, "another port"), (EACCES, "from 1024 on"), (EADDRNOTAVAIL, "127.0.0.1")])
    func addressErrors(code: Int32, remedy: String) {
        let text = ListeningSocketError.failure(address: "10.0.0.1:80", code: code).description
        #expect(text.hasPrefix("cannot listen on 10.0.0.1:80: \(Errno(rawValue: code)): "))
        #expect(text.contains(remedy))
    }

    @Test(
        "An error message begins with the program's name",
        arguments: [
            (["/usr/local/bin/downloads", "-v"], "downloads: "), (["downloads"], "downloads: "), ([""], ""), ([], ""),
            (["/opt/a\nb"], "a\\nb: "),
        ])
    func programName(arguments: [String], prefix: String) {
        #expect(ProgramEnd.prefix(arguments) == prefix)
    }

    /// A socket that listens on a free port of 127.0.0.1.
    private static func occupied() -> (descriptor: Int32, port: UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(descriptor, $0, size)
                listen(descriptor, 1)
                getsockname(descriptor, $0, &size)
            }
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    @Test("A server listens on a TCP port", arguments: ["127.0.0.1", "::1", "localhost"]) func port(host: String)
        async throws
    {
        let (descriptor, port) = Self.occupied()
        close(descriptor)
        let server = Self.server(.tcp(host: host, port: port))
        let task = Task { try await server.run() }
        try await RunningServer.wait { (try? Peer(connectingTo: host, port: port)) != nil }
        let peer = try Peer(connectingTo: host, port: port)
        for keep in [true, true, false] {
            #expect(try peer.request("GET", "/tcp", keep: keep).body == Array("/tcp".utf8))
        }
        #expect(try peer.isClosed())
        task.cancel()
        try await task.value
    }

    @Test(
        "An address that other machines can reach needs the addresses of the web servers",
        arguments: ["0.0.0.0", "::", "192.0.2.1"])
    func missingPeers(host: String) async throws {
        let (descriptor, port) = Self.occupied()
        close(descriptor)
        let error = await #expect(throws: ListeningSocketError.self) {
            try await Self.server(.tcp(host: host, port: port)).run()
        }
        #expect(error?.code == .peersRequired)
        #expect(error?.exitStatus == 78)
        #expect(error?.description.hasPrefix("FASTCGI_PEERS is missing, and other machines can reach ") == true)
        #expect(error?.description.contains(host) == true)
    }

    @Test(
        "Connections from other addresses than FASTCGI_PEERS contains are closed, counted and logged",
        arguments: [1, 100])
    func otherPeers(count: Int) async throws {
        let server = try await RunningServer(
            .with { $0.peers = PeerAddresses("127.0.0.2, 127.0.1.0/24") }, on: .tcp
        ) { Response(body: .string($0.path)) }
        let others = try (0..<count).map { _ in try server.peer() }
        for peer in others { #expect(try peer.isClosed()) }
        for source in ["127.0.0.2", "127.0.1.7"] {
            #expect(try server.peer(from: source).request("GET", "/right").body == Array("/right".utf8))
        }
        #expect(server.statistics.limitsHit[.peers] == count)
        let lines = server.log.all.filter { $0.contains("FASTCGI_PEERS") }
        #expect(lines.count == 1)
        #expect(
            lines.first?.contains(
                "warning a connection from 127.0.0.1 was closed: FASTCGI_PEERS does not contain this address") == true)
        #expect(server.statistics.openConnections <= 2)
        try await server.stop()
    }

    @Test("FASTCGI_PEERS does not restrict a Unix socket, and a line says so") func unixPeers() async throws {
        let server = try await RunningServer(.with { $0.peers = PeerAddresses("192.0.2.1") }) { _ in
            Response(body: .string("ready"))
        }
        #expect(try server.peer().request("GET", "/").body == Array("ready".utf8))
        #expect(server.log.contains("FASTCGI_PEERS has no effect on \(server.path)"))
        try await server.stop()
    }

    @Test("An address in use is an error that names it") func usedAddress() async throws {
        let (descriptor, port) = Self.occupied()
        defer { close(descriptor) }
        let name = ListenAddress.tcp(host: "127.0.0.1", port: port)
        let error = await #expect(throws: ListeningSocketError.self) { try await Self.server(name).run() }
        #expect(error?.code == .unavailable)
        #expect(error?.address == "\(name)")
        #expect(
            error?.description
                == "cannot listen on \(name): Address already in use: another program listens there; end it, or give another port"
        )
    }

    @Test("The error about a missing socket is one sentence with the remedy") func noSocket() async throws {
        let error = await #expect(throws: ListeningSocketError.self) { try await Self.server(nil).run() }
        #expect(error?.code == .noSocket)
        #expect(error?.exitStatus == 64)
        #expect(error?.description.firstRange(of: "FASTCGI_LISTEN") != nil)
    }

    @Test(
        "A valid address is parsed",
        arguments: [
            ("/run/app.sock", ListenAddress.unix(path: "/run/app.sock")), ("./app.sock", .unix(path: "./app.sock")),
            ("unix:app.sock", .unix(path: "app.sock")), ("127.0.0.1:9000", .tcp(host: "127.0.0.1", port: 9000)),
            ("localhost:9000", .tcp(host: "localhost", port: 9000)), ("[::1]:9000", .tcp(host: "::1", port: 9000)),
            ("unix:site:80", .unix(path: "site:80")), ("unix:unix:a/b", .unix(path: "unix:a/b")),
        ])
    func addresses(text: String, address: ListenAddress) {
        #expect(ListenAddress(text) == address)
        #expect(ListenAddress(address.description) == address)
    }

    @Test(
        "An invalid address is refused",
        arguments: ["", "unix:", "9000", ":9000", "host", "host:", "host:99999", "::1:9000", "host:http"])
    func invalidAddresses(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
