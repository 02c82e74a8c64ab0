import Glibc
import SignedLinks
import Testing

/// Gates with a ledger in a Valkey or Redis server.
@Suite(.serialized) struct GateValkeyTests {
    private static let password = "the password of Valkey"

    /// A server on a port, with the data of a directory.
    private static func start(_ port: UInt16, _ directory: String) throws -> ChildProcess {
        // Debian 13 has both.
        let program = access("/usr/bin/valkey-server", X_OK) == 0 ? "valkey-server" : "redis-server"
        let process = try ChildProcess(
            [
                program, "--bind", "127.0.0.1", "--port", "\(port)", "--dir", directory, "--save", "", "--appendonly",
                "yes",
                "--appendfsync", "always", "--requirepass", Self.password,
            ], log: "\(directory)/log")
        try Deadline.wait("\(program) listens") { (try? Socket.connected(to: .host("127.0.0.1", port: port))) != nil }
        return process
    }

    private static func stop(_ process: ChildProcess) throws {
        process.signal(SIGKILL)
        _ = try process.waitForEnd()
    }

    private static func site(_ port: UInt16, _ servers: WebServer...) throws -> LedgerSite {
        try LedgerSite(
            ledger: "valkey://127.0.0.1:\(port)", servers, ["SENDFILE_GRANT_LEDGER_PASSWORD": Self.password])
    }

    @Test("Gates behind two web servers and one Valkey agree, also after its restart") func shared() throws {
        let directory = try Workspace.shared.makeDirectory("valkey")
        let port = try Address.freePort()
        var server = try Self.start(port, directory)
        defer { try? Self.stop(server) }
        let site = try Self.site(port, .nginx, .lighttpd)
        let target = try LedgerSite.target("five", uses: 5)
        let first = try site.ask(target)
        #expect(first[200]?.count == 5 && first[410]?.count == 59, "\(first)")
        #expect(try site.state("five") == "used up")
        let film = try LedgerSite.target("revoked", uses: nil)
        #expect(try site.ask(film, clients: 2...9)[200]?.count == 8)
        #expect(try site.grants("revoke", "revoked").end == .exited(0))
        #expect(try site.ask(film, clients: 2...9)[410]?.count == 8)

        try Self.stop(server)
        let down = try site.ask(target, clients: 2...9)
        #expect(down[503]?.count == 8, "\(down)")
        #expect(try site.grants("list").end == .exited(69))
        for (index, site) in site.sites.enumerated() {
            try Deadline.wait("gate \(index) logs the reason") {
                site.programLog.contains("answered with 503: the ledger at 127.0.0.1:\(port) does not answer")
            }
        }
        server = try Self.start(port, directory)
        try Deadline.wait("the server has read its data") { try site.state("five") == "used up" }
        #expect(try site.ask(target) == first)
        #expect(try site.ask(film, clients: 2...9)[410]?.count == 8)
        for site in site.sites { #expect(!site.logs.contains(Self.password)) }
    }

    @Test("A gate starts without its server, says so, and works when the server runs") func late() throws {
        let directory = try Workspace.shared.makeDirectory("valkey")
        let port = try Address.freePort()
        let site = try Self.site(port, .lighttpd)
        try Deadline.wait("the start is logged") {
            site.sites[0].programLog.contains(
                "the ledger at 127.0.0.1:\(port) does not answer: connect: Connection refused")
        }
        let target = try LedgerSite.target("late", uses: 1)
        #expect(try site.client.get(target).status == 503)
        let server = try Self.start(port, directory)
        defer { try? Self.stop(server) }
        try Deadline.wait("the gate has the server") { try site.client.get(target).status == 200 }
        #expect(try site.uses("late") == 1)
    }

    @Test("The password is not shown, and the server is part of the checked settings") func settings() throws {
        let directory = try Workspace.shared.makeDirectory("valkey")
        let port = try Address.freePort()
        var settings = [
            "SENDFILE_ROOT": try Workspace.shared.root, "SENDFILE_LINK_SECRET": GateSite.secret,
            "SENDFILE_GRANT_LEDGER": "valkey://127.0.0.1:\(port)", "SENDFILE_GRANT_LEDGER_PASSWORD": Self.password,
        ]
        let down = try GateRun(["serve", "--check-settings"], environment: settings)
        #expect(down.end == .exited(69))
        #expect(
            down.errors.contains("SENDFILE_GRANT_LEDGER is unusable: the ledger at 127.0.0.1:\(port) does not answer"))
        let server = try Self.start(port, directory)
        defer { try? Self.stop(server) }
        let up = try GateRun(["serve", "--check-settings"], environment: settings)
        #expect(up.end == .exited(0), "\(up.errors)")
        #expect(up.output.contains("\nLedger: valkey://127.0.0.1:\(port): the server answers\n"))
        #expect(up.output.contains("\nSENDFILE_GRANT_LEDGER_PASSWORD = not shown (environment)\n"))
        #expect(!(up.output + up.errors + down.errors).contains(Self.password))
        settings["SENDFILE_GRANT_LEDGER_PASSWORD"] = "wrong"
        let wrong = try GateRun(["grants", "list"], environment: settings)
        #expect(wrong.end == .exited(69))
        #expect(wrong.errors.contains("WRONGPASS"))
        settings["SENDFILE_GRANT_LEDGER"] = "valkey://gate:\(Self.password)@h"
        let leaked = try GateRun(["grants", "list"], environment: settings)
        #expect(leaked.end == .exited(78))
        #expect(!leaked.errors.contains("the password of") && leaked.errors.contains("valkey://user@host:port"))
    }
}
