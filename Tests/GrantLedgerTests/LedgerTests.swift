import SignedLinks
import Testing

/// The rules that each ledger applies.
@Suite struct LedgerTests {
    /// Asks ledgers in turn, all at once.
    static func ask(_ ledgers: [any GrantLedger], _ uses: [GrantUse]) async throws -> [GrantUse.Verdict: Int] {
        try await withThrowingTaskGroup(of: GrantUse.Verdict.self) { group in
            for (index, use) in uses.enumerated() {
                group.addTask { try await ledgers[index % ledgers.count].use(use) }
            }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    @Test(
        "Of 64 clients of two programs, exactly as many begin a download as the grant permits",
        arguments: LedgerKind.tested)
    func concurrent(_ kind: LedgerKind) async throws {
        let place = try LedgerPlace(kind)
        let ledgers = [try place.open(), try place.open()]
        // Each client asks five times, as a download manager does.
        let uses = try (0..<64).map { number in try GrantUse.test(user: "client \(number)") { $0.uses = 5 } }
        let counts = try await Self.ask(ledgers, uses + uses + uses + uses + uses)
        #expect(counts == [.permitted: 25, .usedUp: 295])
        let record = try #require(try await ledgers[0].record(of: "share-42"))
        #expect(record.uses == 5 && record.limit == 5 && record.details.count == 5)
        #expect(Set(record.details.map(\.client)).count == 5)
        #expect(try await Self.ask(ledgers, uses) == [.permitted: 5, .usedUp: 59])
        // Many transactions that write, in four programs.
        let four = [try place.open(), try place.open()] + ledgers
        let others = try (0..<64).map { number in try GrantUse.test("sixty", user: "client \(number)") { $0.uses = 60 }
        }
        #expect(try await Self.ask(four, others) == [.permitted: 60, .usedUp: 4])
    }

    @Test("All requests of one client are one use until its window is over", arguments: LedgerKind.tested)
    func window(_ kind: LedgerKind) async throws {
        let place = try LedgerPlace(kind)
        let ledger = try place.open()
        func verdict(_ seconds: Int64, user: String = "ada", begins: Bool = true) async throws -> GrantUse.Verdict {
            try await ledger.use(
                try GrantUse.test(user: user, begins: begins, after: seconds) { ($0.uses, $0.issued) = (2, nil) })
        }
        // A HEAD request before the download counts nothing.
        #expect(try await verdict(0, begins: false) == .permitted)
        #expect(try await ledger.records() == [])
        #expect(try await verdict(1) == .permitted)
        #expect(try await verdict(86_400) == .permitted)
        #expect(try await ledger.record(of: "share-42")?.uses == 1)
        // A day after the first request, the same client begins another use.
        #expect(try await verdict(86_401, user: "ben", begins: false) == .permitted)
        #expect(try await verdict(86_401) == .permitted)
        #expect(try await verdict(86_402, user: "ben", begins: false) == .usedUp)
        #expect(try await verdict(86_402, user: "ben") == .usedUp)
        #expect(try await verdict(2 * 86_400, begins: false) == .permitted)
        #expect(try await verdict(2 * 86_400 + 1) == .usedUp)
        let record = try #require(try await ledger.record(of: "share-42"))
        #expect(record.details.map(\.begin) == [86_401, 1].map { GrantUse.start + .seconds($0) })
        #expect(record.details.allSatisfy { $0.client == "user ada" && $0.file == "a%20b.txt" })
        #expect(record.expires == GrantUse.start + .seconds(86_401 + 3_600))
        #expect(record.revoked == nil)
    }

    @Test("The record has the limit of the latest use, and the latest expiry of all", arguments: LedgerKind.tested)
    func latest(_ kind: LedgerKind) async throws {
        let place = try LedgerPlace(kind)
        let ledger = try place.open()
        for (user, uses, life) in [("ada", 9, 7_200), ("ben", 5, 3_600)] as [(String, UInt32, Int64)] {
            let use = try GrantUse.test(user: user) {
                ($0.uses, $0.expires) = (uses, GrantUse.start + .seconds(life))
            }
            #expect(try await ledger.use(use) == .permitted)
        }
        let record = try #require(try await ledger.record(of: "share-42"))
        #expect(record.limit == 5 && record.uses == 2)
        #expect(record.expires == GrantUse.start + .seconds(7_200))
    }

    @Test("A revoked grant ends at once, also for a running use, and stays revoked", arguments: LedgerKind.tested)
    func revoke(_ kind: LedgerKind) async throws {
        let place = try LedgerPlace(kind)
        let (ledger, other) = (try place.open(), try place.open())
        let use = try GrantUse.test()
        #expect(try await ledger.use(use) == .permitted)
        #expect(try await ledger.use(try GrantUse.test("share-43")) == .permitted)
        try await other.revoke("share-42")
        #expect(try await ledger.use(use) == .revoked)
        #expect(try await ledger.use(try GrantUse.test(begins: false)) == .revoked)
        #expect(try await ledger.use(try GrantUse.test("share-43")) == .permitted)
        let first = try #require(try await other.record(of: "share-42"))
        #expect(first.uses == 1 && first.details.count == 1)
        let revoked = try #require(first.revoked)
        #expect((GrantUse.start...(.now + .seconds(1))).contains(revoked))
        // In a later second, too, the first revocation counts.
        while LinkTime.now <= revoked { try await Task.sleep(for: .milliseconds(20)) }
        try await ledger.revoke("share-42")
        #expect(try await other.record(of: "share-42") == first)
        // One that no program has seen.
        try await ledger.revoke("never")
        #expect(try await other.use(try GrantUse.test("never")) == .revoked)
        #expect(try await other.records().map(\.id) == ["never", "share-42", "share-43"])
        #expect(try await other.records().map { $0.revoked != nil } == [true, true, false])
        #expect(try await other.record(of: "unknown") == nil)
    }

    @Test("Grants that were issued before a time are revoked together", arguments: LedgerKind.tested)
    func revokeAll(_ kind: LedgerKind) async throws {
        let place = try LedgerPlace(kind)
        let ledger = try place.open()
        let time = GrantUse.start - .seconds(100)
        func verdicts() async throws -> [GrantUse.Verdict] {
            var verdicts: [GrantUse.Verdict] = []
            for id in ["share-42", nil] {
                for issued in [nil, time - .seconds(1), time, .now] {
                    verdicts.append(try await ledger.use(try GrantUse.test(id) { $0.issued = issued }))
                }
            }
            return verdicts
        }
        #expect(try await verdicts() == Array(repeating: .permitted, count: 8))
        try await ledger.revokeAll(before: time)
        let expected: [GrantUse.Verdict] = [.revoked, .revoked, .permitted, .permitted]
        #expect(try await verdicts() == expected + expected)
        // An earlier time does not bring them back.
        try await ledger.revokeAll(before: time - .seconds(50))
        #expect(try await verdicts() == expected + expected)
        #expect(try await ledger.records().map(\.id) == ["share-42"])
    }

    @Test("A grant without an id is not recorded, and one without a limit is", arguments: LedgerKind.tested)
    func unlimited(_ kind: LedgerKind) async throws {
        let place = try LedgerPlace(kind)
        let ledger = try place.open()
        #expect(try await ledger.use(try GrantUse.test(nil)) == .permitted)
        #expect(try await ledger.records() == [])
        for number in 0..<1_010 {
            let use = try GrantUse.test(user: "\(number)", after: Int64(number), path: "\(number)")
            #expect(try await ledger.use(use) == .permitted)
        }
        let record = try #require(try await ledger.record(of: "share-42"))
        #expect(record.uses == 1_010 && record.limit == nil)
        // The newest thousand are kept.
        #expect(record.details.map(\.file) == (10..<1_010).reversed().map(String.init))
        #expect(try await ledger.records().map(\.details) == [[]])
    }

    @Test(
        "All uses of a grant with a limit are kept, so that none of its clients counts twice",
        arguments: LedgerKind.tested)
    func manyLimited(_ kind: LedgerKind) async throws {
        let place = try LedgerPlace(kind)
        let ledger = try place.open()
        let count = 1_002
        func use(_ number: Int) throws -> GrantUse {
            try GrantUse.test(user: "\(number)", after: Int64(number)) { $0.uses = 2_000 }
        }
        for number in 0..<count { #expect(try await ledger.use(use(number)) == .permitted) }
        #expect(try await ledger.use(use(0)) == .permitted)
        let record = try #require(try await ledger.record(of: "share-42"))
        #expect(record.uses == count && record.details.count == count)
    }

    @Test("Uses are forgotten a day after the expiry, revocations never", arguments: LedgerKind.tested)
    func forgotten(_ kind: LedgerKind) async throws {
        let place = try LedgerPlace(kind)
        let ledger = try place.open()
        for (id, seconds) in [("old", -86_400 - 3_602), ("revoked", -86_400 - 3_602), ("young", -86_400)] {
            #expect(try await ledger.use(try GrantUse.test(id, after: Int64(seconds))) == .permitted)
        }
        try await ledger.revoke("revoked")
        let other = try place.open()
        #expect(try await other.use(try GrantUse.test("new")) == .permitted)
        #expect(try await other.records().map(\.id) == ["new", "revoked", "young"])
        #expect(try await other.use(try GrantUse.test("revoked")) == .revoked)
        #expect(try await other.record(of: "old") == nil)
    }

    @Test("Names of any kind are recorded as they are", arguments: LedgerKind.tested)
    func names(_ kind: LedgerKind) async throws {
        let place = try LedgerPlace(kind)
        let ledger = try place.open()
        let users = [
            "", "Zoë", "Zoe\u{308}", "'); DROP TABLE uses; --", "a\0b", "a\r\nb", "日本語", "a\tb", " ", "%s\\",
            String(repeating: "x", count: 8_000), "address 192.0.2.7",
        ]
        for (number, user) in users.enumerated() {
            #expect(try await ledger.use(try GrantUse.test(user: user, after: Int64(number))) == .permitted)
        }
        let record = try #require(try await ledger.record(of: "share-42"))
        // Byte by byte: Swift's strings are equal in different spellings.
        #expect(record.details.reversed().map { Array($0.client.utf8) } == users.map { Array("user \($0)".utf8) })
        let id = "aZ09-._~" + String(repeating: "z", count: 56)
        #expect(try await ledger.use(try GrantUse.test(id)) == .permitted)
        #expect(try await ledger.record(of: id)?.uses == 1)
    }
}
