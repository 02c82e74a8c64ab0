import Glibc
import SignedLinks
import Testing

/// Gates with a ledger of grants.
@Suite(.serialized) struct GateLedgerTests {
    @Test("Of 64 clients at once, exactly as many get the file as the grant permits", arguments: GateSite.servers)
    func exact(_ server: WebServer) throws {
        let site = try LedgerSite(server)
        let target = try LedgerSite.target("five", uses: 5)
        let first = try site.ask(target)
        #expect(first[200]?.count == 5 && first[410]?.count == 59, "\(first)")
        #expect(try site.ask(target) == first)
        #expect(try site.state("five") == "used up")
        let refused = try site.client.get(target)
        #expect(refused.status == 410)
        #expect(refused.text.contains("This link has been used up"))
        #expect(refused.field("Cache-Control") == "no-store")
        try site.sites[0].waitForLog("answered with 410: the grant was used as often as it permits")
    }

    @Test("Gates behind two web servers count in one file")
    func shared() throws {
        let site = try LedgerSite(.nginx, .lighttpd)
        let statuses = try site.ask(try LedgerSite.target("shared", uses: 5))
        #expect(statuses[200]?.count == 5 && statuses[410]?.count == 59, "\(statuses)")
        #expect(try site.uses("shared") == 5)
    }

    @Test("No use is lost or counted twice when the gate is killed")
    func killed() throws {
        let site = try LedgerSite(.lighttpd)
        let target = try LedgerSite.target("killed", uses: 40)
        var served: Set<Int> = []
        for round in 0..<6 {
            let killer = try ChildProcess(
                ["sh", "-c", "sleep 0.0$0; kill -9 $@", "\(round)"] + site.sites[0].programs.map { "\($0.pid)" },
                log: "\(try Workspace.shared.makeDirectory("killer"))/log")
            served.formUnion(try site.ask(target)[200] ?? [])
            _ = try killer.waitForEnd()
            // lighttpd starts it again.
            let deadline = time(nil) + Socket.patience
            while try site.client.get("/nothing").status != 404, time(nil) < deadline { usleep(50_000) }
        }
        let last = try site.ask(target)
        #expect(last[200]?.count == 40 && last[410]?.count == 24, "\(last)")
        // Every client that got the file has a use.
        #expect(served.isSubset(of: last[200] ?? []))
        #expect(try site.uses("killed") == 40)
    }

    @Test(
        "All requests of one client are one use: HEAD, parts at the same time, a resumed download",
        arguments: GateSite.servers)
    func oneDownload(_ server: WebServer) throws {
        let site = try LedgerSite(server)
        let name = Corpus.large.name
        let target = try LedgerSite.target("large", path: name, uses: 1)
        let url = "http://127.0.0.1:\(site.sites[0].port)\(target)"
        let directory = try Workspace.shared.makeDirectory("parts")
        func run(_ arguments: String...) throws -> ChildProcess.End {
            try ChildProcess(arguments, log: "\(directory)/log").waitForEnd()
        }
        #expect(try site.client.send("HEAD", target).status == 200)
        #expect(try site.client.get(target, ["Range": "bytes=\(Corpus.large.content.count)-"]).status == 416)
        #expect(try site.uses("large") == nil)
        #expect(try run("aria2c", "-x8", "-s8", "-k1M", "--no-conf", "-d", directory, "-o", "a", url) == .exited(0))
        #expect(try Bytes(Files.read("\(directory)/a")) == Bytes(Corpus.large.content))
        try Files.write(Corpus.large.content.prefix(70_000), to: "\(directory)/c".utf8)
        #expect(try run("curl", "-sSf", "-C", "-", "-o", "\(directory)/c", url) == .exited(0))
        #expect(try Bytes(Files.read("\(directory)/c")) == Bytes(Corpus.large.content))
        #expect(try site.client.get(target, ["Range": "bytes=-1"]).status == 206)
        let tag = try #require(try site.client.get(target).field("ETag"))
        #expect(try site.client.get(target, ["If-None-Match": tag]).status == 304)
        #expect(try site.uses("large") == 1)
        // Another client.
        #expect(try site.ask(target, clients: 9...9) == [410: [9]])
        #expect(try site.client.get(target).status == 200)
    }

    @Test(
        "A film is one use, and ends when it is revoked while it plays", arguments: GateSite.servers,
        ["path", "cookie"])
    func film(_ server: WebServer, _ place: String) throws {
        try Film.make()
        let site = try LedgerSite(server)
        let base = "http://localhost:\(site.sites[0].port)"
        let link = try site.sites[0].link(
            Film.playlist, "--grant", place, "--covers", "\(Film.folder)/*", "--id", "film", "--uses", "1", "--base",
            base)
        let whole = try Film.play(link)
        #expect(whole.frames == Film.segments * 10, "\(whole.messages)")
        #expect(try site.uses("film") == 1)
        let target = String(link.dropFirst(base.count))
        #expect(try site.ask(target, clients: 9...9) == [410: [9]])
        var revoked: GateRun?
        let (frames, messages) = try Film.play(link, options: ["-readrate", "1"]) { _ in
            revoked = try site.grants("revoke", "film")
        }
        #expect(revoked?.end == .exited(0))
        #expect(frames < Film.segments * 10, "\(messages)")
        #expect(messages.contains("410"), "\(messages)")
        let refused = try site.client.get(target)
        #expect(refused.status == 410)
        #expect(refused.text.contains("This link has been ended"))
        #expect(refused.field("Set-Cookie") == nil)
        #expect(try site.state("film") == "revoked")
    }

    @Test("While the ledger cannot decide, grants are refused for a time", arguments: GateSite.servers)
    func closed(_ server: WebServer) throws {
        let site = try LedgerSite(server)
        let target = try LedgerSite.target("closed", uses: 2)
        #expect(try site.client.get(target).status == 200)
        #expect(rename(site.path, "\(site.path).away") == 0)
        for _ in 0..<15 {
            let answer = try site.client.get(target)
            #expect(answer.status == 503)
            #expect(answer.field("Retry-After") == "10")
            #expect(!answer.text.contains("content of"))
        }
        // A link without a grant needs no ledger.
        #expect(try site.client.get(try site.sites[0].link("plain.txt")).status == 200)
        #expect(rename("\(site.path).away", site.path) == 0)
        #expect(try site.client.get(target).status == 200)
        #expect(try site.uses("closed") == 1)
        try site.sites[0].waitForLog("answered with 503: the ledger \"\(site.path)\" does not exist")
    }

    @Test("While the ledger cannot decide, grants are permitted if the setting says so")
    func open() throws {
        let site = try LedgerSite(.nginx, settings: ["SENDFILE_GRANT_LEDGER_FAILURE": "open"])
        let target = try LedgerSite.target("open", uses: 1)
        #expect(rename(site.path, "\(site.path).away") == 0)
        for _ in 0..<12 { #expect(try site.client.get(target).status == 200) }
        #expect(rename("\(site.path).away", site.path) == 0)
        let statuses = try site.ask(target)
        #expect(statuses[200]?.count == 1 && statuses[410]?.count == 63)
        let line = "a grant is permitted unasked: the ledger \"\(site.path)\" does not exist"
        // At most ten lines a minute.
        try Deadline.wait("the log contains \"\(line)\"") {
            site.sites[0].programLog.ranges(of: line).count == 10
        }
    }

    @Test("A use ends with its window")
    func window() throws {
        let site = try LedgerSite(.nginx, settings: ["SENDFILE_GRANT_WINDOW": "1s"])
        let target = try LedgerSite.target("window", uses: 2)
        let deadline = time(nil) + Socket.patience
        while try site.client.get(target).status == 200, time(nil) < deadline { usleep(100_000) }
        #expect(try site.client.get(target).status == 410)
        #expect(try site.uses("window") == 2)
    }

    @Test("Without a ledger, a grant that is limited to a number of uses is invalid, and one with an id is not")
    func none() throws {
        let site = try GrantSite.site(.nginx)
        #expect(try site.client.get(try LedgerSite.target("none", uses: 5)).status == 404)
        try site.waitForLog("the grant is limited to a number of downloads, which this program does not count")
        #expect(try site.client.get(try LedgerSite.target("none", uses: nil)).status == 200)
    }
}

extension GateSite {
    /// Waits until the log of the program contains a text.
    func waitForLog(_ text: String) throws {
        try Deadline.wait("the log contains \"\(text)\"") { self.programLog.contains(text) }
    }
}
