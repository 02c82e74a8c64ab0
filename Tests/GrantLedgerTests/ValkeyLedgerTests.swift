import SignedLinks
import Testing

@testable import GrantLedgerValkey

/// Faults of a ledger in a server.
@Suite(.enabled(if: LedgerKind.tested.contains(.valkey))) struct ValkeyLedgerTests {
    /// The message of the error of a call.
    private static func reason(_ ledger: ValkeyGrantLedger, _ use: GrantUse) async throws -> String? {
        do {
            _ = try await ledger.use(use)
            return nil
        } catch let error as GrantLedgerError {
            #expect(error.code == .unavailable)
            return error.description
        }
    }

    @Test("A server that is killed is an error, and the ledger continues after its restart") func killed() async throws
    {
        let place = try LedgerPlace(.valkey)
        let server = try place.valkey()
        let ledger = try ValkeyGrantLedger(server.url, timeout: .seconds(30))
        for number in 0..<3 {
            #expect(try await ledger.use(try GrantUse.test(user: "\(number)") { $0.uses = 4 }) == .permitted)
        }
        try await ledger.revoke("other")
        server.kill()
        let use = try GrantUse.test(user: "new") { $0.uses = 4 }
        let reason = try #require(try await Self.reason(ledger, use))
        #expect(reason.hasPrefix("the ledger at 127.0.0.1:\(server.port) does not answer: "), "\(reason)")
        #expect(try await Self.reason(ledger, use)?.hasSuffix("Connection refused") == true)
        try server.start()
        let uses = try (10..<74).map { number in try GrantUse.test(user: "\(number)") { $0.uses = 4 } }
        #expect(try await LedgerTests.ask([ledger], uses) == [.permitted: 1, .usedUp: 63])
        #expect(try await ledger.use(try GrantUse.test("other")) == .revoked)
    }

    @Test("A server that is killed while clients begin has counted each of them at most once") func killedMidway()
        async throws
    {
        let place = try LedgerPlace(.valkey)
        let server = try place.valkey()
        let ledgers = try (0..<2).map { _ in try ValkeyGrantLedger(server.url, timeout: .seconds(30)) }
        for round in 0..<5 {
            let uses = try (0..<64).map { number in try GrantUse.test(user: "\(round) \(number)") { $0.uses = 200 } }
            await withTaskGroup(of: Void.self) { group in
                for (index, use) in uses.enumerated() {
                    group.addTask { _ = try? await ledgers[index % 2].use(use) }
                    if index == round * 10 { server.kill() }
                }
            }
            try server.start()
            #expect(try await LedgerTests.ask(ledgers, uses).values.reduce(0, +) == 64)
        }
        let record = try #require(try await ledgers[0].record(of: "share-42"))
        #expect(record.uses == 200 && record.details.count == 200)
        #expect(Set(record.details.map(\.client)).count == 200)
    }

    @Test("A server that does not answer is an error in time") func paused() async throws {
        let place = try LedgerPlace(.valkey)
        let server = try place.valkey()
        let ledger = try ValkeyGrantLedger(server.url, timeout: .milliseconds(500))
        _ = try? await ledger.use(try GrantUse.test())
        server.pause()
        defer { server.resume() }
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: (String?).self) { group in
            for number in 0..<100 {
                group.addTask { try await Self.reason(ledger, try GrantUse.test(user: "\(number)")) }
            }
            for try await reason in group { #expect(reason?.hasSuffix("no answer in time") == true) }
        }
        // Not one after another.
        #expect(ContinuousClock.now - start < .seconds(10))
        server.resume()
        let deadline = ContinuousClock.now + .seconds(60)
        while try await Self.reason(ledger, try GrantUse.test()) != nil, ContinuousClock.now < deadline {}
        #expect(try await ledger.use(try GrantUse.test()) == .permitted)
    }

    @Test("The password is that of the server, and in no message") func password() async throws {
        let place = try LedgerPlace(
            .valkey, "--requirepass", "correct horse", "--user", "gate", "on", ">battery", "~*", "+@all")
        let server = try place.valkey()
        let use = try GrantUse.test()
        for (user, password, words) in [
            ("", nil, "NOAUTH"), ("", "wrong horse", "WRONGPASS"), ("gate@", "correct horse", "WRONGPASS"),
            ("", "correct horse", nil), ("gate@", "battery", nil),
        ] as [(String, String?, String?)] {
            let url = server.url.replacing("valkey://", with: "valkey://\(user)")
            let ledger = try ValkeyGrantLedger(url, password: password, timeout: .seconds(30))
            let reason = try await Self.reason(ledger, use)
            #expect(words == nil ? reason == nil : reason?.contains(words!) == true, "\(reason ?? "none")")
            #expect(reason?.contains("horse") != true)
        }
    }

    @Test("Scripts are loaded again, and closed connections are replaced") func forgotten() async throws {
        let place = try LedgerPlace(.valkey)
        let server = try place.valkey()
        let ledger = try ValkeyGrantLedger(server.url, timeout: .seconds(30))
        for (number, command) in [["PING"], ["SCRIPT", "FLUSH"], ["CLIENT", "KILL", "TYPE", "normal"]].enumerated() {
            let connection = ValkeyConnection(try ValkeyAddress(server.url), password: nil)
            _ = try connection.run([command.map { Array($0.utf8) }], until: .now + .seconds(60))
            #expect(try await ledger.use(try GrantUse.test(user: "\(number)")) == .permitted)
        }
        try await ledger.check()
        #expect(try await ledger.record(of: "share-42")?.uses == 3)
        // By its socket, in the same data.
        let other = try ValkeyGrantLedger("valkey://\(server.socket)")
        #expect(try await other.records().map(\.uses) == [3])
        // A database of its own.
        #expect(try await ValkeyGrantLedger("\(server.url)/5").records() == [])
    }

    @Test("The server forgets what has expired, and no revocation") func expiry() async throws {
        let place = try LedgerPlace(.valkey)
        let server = try place.valkey()
        let ledger = try ValkeyGrantLedger(server.url, timeout: .seconds(30))
        for id in ["used", "revoked"] { #expect(try await ledger.use(try GrantUse.test(id)) == .permitted) }
        try await ledger.revoke("revoked")
        let connection = ValkeyConnection(try ValkeyAddress(server.url), password: nil)
        func life(_ key: String) throws -> Int64? {
            try connection.run([["TTL", key].map { Array($0.utf8) }], until: .now + .seconds(60))[0].number
        }
        for key in [
            LedgerScript.grant("used"), LedgerScript.clients("used"), LedgerScript.uses("used"),
            LedgerScript.uses("revoked"),
        ] {
            #expect((86_400...90_000).contains(try #require(try life(key))), "\(key)")
        }
        #expect(try life(LedgerScript.grant("revoked")) == -1)
    }

    @Test(
        "A URL names a server, a user and a database",
        arguments: [
            ("valkey://192.0.2.1:6380", ValkeyAddress.Endpoint.host("192.0.2.1", port: 6380), nil, 0),
            ("redis://valkey.example.org", .host("valkey.example.org", port: 6379), nil, 0),
            ("valkey://gate@h:1/15", .host("h", port: 1), "gate", 15), ("valkey://h/", .host("h", port: 6379), nil, 0),
            ("valkey://[2001:db8::1]:6380/2", .host("2001:db8::1", port: 6380), nil, 2),
            ("valkey://[::1]", .host("::1", port: 6379), nil, 0),
            ("valkey:///run/valkey/valkey.sock", .socket("/run/valkey/valkey.sock"), nil, 0),
        ] as [(String, ValkeyAddress.Endpoint, String?, UInt16)])
    func addresses(_ url: String, _ endpoint: ValkeyAddress.Endpoint, _ user: String?, _ database: UInt16) throws {
        let address = try ValkeyAddress(url)
        #expect(address.endpoint == endpoint && address.user == user && address.database == database)
    }

    @Test(
        "An invalid URL is refused, and not repeated",
        arguments: [
            "", "valkey", "valkey://", "valkey:///", "http://h", "valkey://:6379", "valkey://h:0", "valkey://h:65536",
            "valkey://h:x", "valkey://h/x", "valkey://h/1/2", "valkey://gate:password@h", "valkey://@h",
            "valkey://2001:db8::1",
            "valkey://h h", "valkey://h?a", "valkey:///" + String(repeating: "x", count: 107), "rediss://h",
        ])
    func invalidAddresses(_ url: String) throws {
        let error = #expect(throws: GrantLedgerError.self) { try ValkeyGrantLedger(url) }
        #expect(error?.code == .invalidPlace)
        #expect(error?.description.contains("password@") == false)
    }

    /// Reads a reply from bytes that arrive in pieces of a size.
    private static func read(_ text: String, by size: Int) throws(ValkeyFailure) -> ValkeyReply {
        var rest = Array(text.utf8)[...]
        var reader = ValkeyReader { () throws(ValkeyFailure) in
            defer { rest = rest.dropFirst(size) }
            return Array(rest.prefix(size))
        }
        return try reader.reply()
    }

    @Test("A reply is read from pieces of any size, and never from a part of it")
    func replies() throws {
        for (text, reply) in [
            ("+OK\r\n", ValkeyReply.text(Array("OK".utf8))), ("-ERR no\r\n", .error("ERR no")),
            (":-42\r\n", .integer(-42)),
            ("$-1\r\n", .none), ("*-1\r\n", .none), ("$0\r\n\r\n", .text([])),
            ("$4\r\n\r\n\0a\r\n", .text([0x0D, 0x0A, 0, 0x61])),
            ("*3\r\n:1\r\n$-1\r\n*1\r\n+a\r\n", .list([.integer(1), .none, .list([.text([0x61])])])),
            ("*0\r\n", .list([])),
        ] {
            for size in 1...text.utf8.count { #expect(try Self.read(text, by: size) == reply) }
            for count in 0..<text.utf8.count {
                let part = String(decoding: text.utf8.prefix(count), as: UTF8.self)
                let failure = #expect(throws: ValkeyFailure.self) { try Self.read(part, by: 7) }
                #expect(failure?.isClosed == (count == 0))
            }
        }
        for text in [
            "HTTP/1.1 400 Bad Request\r\n", "$5\r\nabcdefg\r\n", ":1\n", ":x\r\n", "$-2\r\n", "*99999999999\r\n",
            "$2000000\r\n",
            "*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n:1\r\n", "+" + String(repeating: "x", count: 3 << 20), "\r\n",
            "%1\r\n+a\r\n+b\r\n",
        ] {
            let failure = #expect(throws: ValkeyFailure.self) { try Self.read(text, by: 4096) }
            #expect(failure?.description == "the answer is not that of a Valkey server", "\(text.prefix(40))")
        }
    }
}
