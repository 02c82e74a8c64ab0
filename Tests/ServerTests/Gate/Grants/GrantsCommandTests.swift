import Glibc
import SendfileJSON
import SignedLinks
import Testing

@testable import sendfile_gate

/// `sendfile-gate grants`, and the settings of the ledger.
@Suite(.serialized) struct GrantsCommandTests {
    @Test("Grants are listed with their state, and shown with their uses") func list() throws {
        let site = try LedgerSite(.nginx)
        #expect(
            try site.grants("list").output
                == "STATE     USES         EXPIRES               REVOKED               GRANT\n")
        #expect(try site.client.get(try LedgerSite.target("b.1", uses: 2)).status == 200)
        #expect(try site.client.get(try LedgerSite.target("a", path: "team/report.txt", uses: nil)).status == 200)
        #expect(try site.ask(try LedgerSite.target("b.1", uses: 2), clients: 7...7) == [200: [7]])
        let run = try site.grants("revoke", "never", "a")
        #expect(run.end == .exited(0) && run.output.isEmpty && run.errors.isEmpty)
        let lines = try site.grants("list").output.split(separator: "\n")
        #expect(lines.count == 4)
        #expect(lines[1].contains(/^revoked   1            20\S{18}  20\S{18}  a$/), "\(lines)")
        #expect(lines[2].contains(/^used up   2\/2          20\S{18}  -                     b\.1$/), "\(lines)")
        #expect(lines[3].contains(/^revoked   0            -                     20\S{18}  never$/), "\(lines)")
        let shown = try site.grants("show", "b.1").output.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(shown.count == 7)
        #expect(shown[1] == lines[2])
        #expect(shown[3] == "BEGAN                 CLIENT                            FILE")
        #expect(shown[4].contains(/^20\S{18}  address 127\.0\.0\.7                 plain\.txt$/), "\(shown)")
        #expect(shown[5].contains(/address 127\.0\.0\.1 +plain\.txt$/), "\(shown)")
        let json = try site.grants("show", "a", "--json").output
        let use = try #require(JSONText(Array(json.utf8).dropLast()[...]))
        #expect(use["client"]?.text == "address 127.0.0.1" && use["file"]?.text == "team/report.txt")
        #expect(use["id"]?.text == "a" && use["began"]?.text?.hasPrefix("20") == true)
        #expect(try site.line("b.1")?["limit"]?.count == 2)
        #expect(try site.line("b.1")?["revoked"] == .null)
    }

    @Test("All grants that were issued before a time are revoked, also those that do not say when") func issuedBefore()
        throws
    {
        let site = try LedgerSite(.nginx)
        let old = try site.sites[0].link("plain.txt", "--grant", "query")
        let unnamed = "/plain.txt?grant=\(try GrantSite.token("plain.txt"))"
        for link in [old, unnamed] { #expect(try site.client.get(link).status == 200) }
        #expect(try site.grants("revoke", "--issued-before", "@1000000000").end == .exited(0))
        #expect(try site.client.get(old).status == 200)
        #expect(try site.client.get(unnamed).status == 410)
        #expect(try site.grants("revoke", "--issued-before", "now").end == .exited(0))
        #expect(try site.client.get(old).status == 410)
        // The next second.
        let deadline = time(nil) + Socket.patience
        var status = 0
        while status != 200, time(nil) < deadline {
            status = try site.client.get(try site.sites[0].link("plain.txt", "--grant", "query")).status
        }
        #expect(status == 200)
    }

    @Test("A wrong call has an error that says what to do") func errors() throws {
        let directory = try Workspace.shared.makeDirectory("ledger")
        let text = "\(directory)/text"
        try Files.write(String(repeating: "not a database\n", count: 500), to: text)
        let site = try LedgerSite(.nginx)
        for (arguments, ledger, status, words) in [
            (["list"], "", 78, "SENDFILE_GRANT_LEDGER is not set"),
            (["list"], "sqlite:\(directory)/missing", 69, "does not exist"),
            (["list"], "sqlite:\(text)", 65, "file is not a database"),
            (["list"], "grants.sqlite", 78, "SENDFILE_GRANT_LEDGER is \"grants.sqlite\""),
            (["list"], "sqlite:grants.sqlite", 78, "an absolute path"),
            (["show", "nothing"], site.ledger, 69, "the ledger has no grant \"nothing\""),
            (["revoke"], site.ledger, 64, "name the grants"), (["revoke", "a b"], site.ledger, 64, "\"a b\" is not"),
            (["revoke", "--issued-before", "soon"], site.ledger, 64, "--issued-before is \"soon\""),
            (["revoke", "--issued-before", "1h"], site.ledger, 64, "--issued-before is \"1h\""),
        ] {
            let run = try GateRun(["grants"] + arguments, environment: ["SENDFILE_GRANT_LEDGER": ledger])
            #expect(run.end == .exited(Int32(status)), "\(run.errors)")
            #expect(run.errors.contains(words), "\(run.errors)")
            #expect(run.output.isEmpty)
        }
        #expect(access("\(directory)/missing", F_OK) != 0)
    }

    @Test("A link for a number of uses has an id, and the time at which it was made") func link() throws {
        let secret = ["SENDFILE_LINK_SECRET": "k1:0123456789abcdef0123456789abcdef"]
        let ledger = ["SENDFILE_GRANT_LEDGER": "sqlite:/var/lib/sendfile-gate-ledger/grants.sqlite"]
        func grant(_ run: GateRun) throws -> Grant {
            var request = GrantRequest(path: "a.txt", query: String(run.output.dropFirst("/a.txt?".count).dropLast()))
            request.asksLedger = true
            let grants = try SignedGrants(keys: [LinkKey(id: "k1", secret: "0123456789abcdef0123456789abcdef")])
            guard case .valid(let link) = grants.verify(request) else { throw Failure("\(run.output)\(run.errors)") }
            return try #require(link.grant?.grant)
        }
        let arguments = ["link", "a.txt", "--grant", "query", "--uses", "1"]
        let once = try GateRun(arguments, environment: secret.merging(ledger) { $1 })
        let grant1 = try grant(once)
        #expect(grant1.uses == 1)
        #expect(once.errors == "sendfile-gate: the id of the grant is \(try #require(grant1.id))\n")
        #expect(abs(try #require(grant1.issued).secondsSince1970 - LinkTime.now.secondsSince1970) < 60)
        let named = try GateRun(arguments + ["--id", "x"], environment: secret)
        #expect(named.errors.contains("warning: --uses needs SENDFILE_GRANT_LEDGER"))
        let grant2 = try grant(named)
        #expect(grant2.id == "x" && grant2.issued == nil)
        let plain = try GateRun(["link", "a.txt", "--uses", "1"], environment: secret)
        #expect(plain.end == .exited(64) && plain.errors.contains("--uses has no effect: add --grant"))
        let zero = try GateRun(["link", "a.txt", "--grant", "query", "--uses", "0"], environment: secret)
        #expect(zero.end == .exited(64) && zero.errors.contains("permits 0 downloads"))
        let url = "http://localhost:1/a.txt?" + named.output.dropFirst("/a.txt?".count).dropLast()
        let root = ["SENDFILE_ROOT": try Workspace.shared.root]
        let check = try GateRun(["check", "--url", String(url)], environment: secret.merging(root) { $1 })
        #expect(
            check.errors.contains("which this program does not count: set SENDFILE_GRANT_LEDGER"), "\(check.errors)")
    }

    @Test("The ledger is part of the checked settings, and an invalid one stops the start") func settings() throws {
        let directory = try Workspace.shared.makeDirectory("ledger")
        func check(_ settings: [String: String], _ arguments: String...) throws -> GateRun {
            let all = ["SENDFILE_ROOT": try Workspace.shared.root, "SENDFILE_LINK_SECRET": GateSite.secret]
            return try GateRun(["serve"] + arguments, environment: all.merging(settings) { $1 })
        }
        let path = "\(directory)/grants.sqlite"
        let new = try check(["SENDFILE_GRANT_LEDGER": "sqlite:\(path)"], "--check-settings")
        #expect(new.output.contains("\nLedger: \(path): this user can create it\n"), "\(new.errors)")
        #expect(access(path, F_OK) != 0)
        try Files.write("", to: path)
        let old = try check(["SENDFILE_GRANT_LEDGER": "sqlite:\(path)"], "--check-settings")
        #expect(old.output.contains("\nLedger: \(path): this user can use it\n"), "\(old.errors)")
        try Files.write(String(repeating: "no database\n", count: 500), to: path)
        for (settings, status, words) in [
            (["SENDFILE_GRANT_LEDGER": "sqlite:\(path)"], 65, "file is not a database"),
            (["SENDFILE_GRANT_LEDGER": "sqlite:\(directory)/no/grants.sqlite"], 69, "No such file or directory"),
            (["SENDFILE_GRANT_LEDGER": "redis"], 78, "an absolute path"),
            (["SENDFILE_GRANT_LEDGER_FAILURE": "maybe"], 78, "closed or open"),
            (["SENDFILE_GRANT_WINDOW": "long"], 78, "SENDFILE_GRANT_WINDOW is \"long\""),
        ] {
            for arguments in [["--check-settings"], []] {
                let run = try arguments.isEmpty ? check(settings) : check(settings, "--check-settings")
                #expect(run.end == .exited(Int32(status)), "\(run.errors)")
                #expect(run.errors.contains(words), "\(run.errors)")
            }
        }
    }
}
