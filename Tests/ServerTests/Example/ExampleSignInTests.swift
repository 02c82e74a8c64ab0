import FastCGITesting
import HTTPTypes
import SystemPackage
import Testing

@testable import ProtectedDownloads

/// The limits on sign-in attempts of the example.
@Suite struct ExampleSignInTests {
    private static func wait(_ limits: SignInLimits, _ source: SignInLimits.Source, now: Int64) throws -> Int64? {
        do {
            try limits.take([source], now: now)
            return nil
        } catch let error as SignInLimits.TooMany {
            return error.seconds
        }
    }

    @Test("A source has a number of attempts, and one more after each interval")
    func rate() throws {
        let limits = try ExampleHandler().site.signInLimits
        for source in [SignInLimits.Source.address("192.0.2.1"), .name("ada"), .browser("x")] {
            let now: Int64 = 1_800_000_000
            for _ in 0..<source.burst { #expect(try Self.wait(limits, source, now: now) == nil) }
            #expect(try Self.wait(limits, source, now: now) == source.interval)
            #expect(try Self.wait(limits, source, now: now + source.interval - 1) == 1)
            #expect(try Self.wait(limits, source, now: now + source.interval) == nil)
            #expect(try Self.wait(limits, source, now: now + source.interval) == source.interval)
            // After the clock is set back by a year, no client is locked out for a year.
            let past = now - 365 * 86_400
            #expect(try Self.wait(limits, source, now: past) == source.interval)
            let full = past + source.burst * source.interval
            for _ in 0..<source.burst { #expect(try Self.wait(limits, source, now: full) == nil) }
            #expect(try Self.wait(limits, source, now: full) != nil)
        }
    }

    @Test("A refused attempt costs the other sources nothing, and a returned attempt is available again")
    func several() throws {
        let limits = try ExampleHandler().site.signInLimits
        let now: Int64 = 1_800_000_000
        let (name, address) = (SignInLimits.Source.name("ada"), SignInLimits.Source.address("192.0.2.1"))
        for _ in 0..<name.burst { try limits.take([name, address], now: now) }
        for _ in 0..<100 { #expect(throws: SignInLimits.TooMany.self) { try limits.take([name, address], now: now) } }
        for _ in name.burst..<address.burst { #expect(try Self.wait(limits, address, now: now) == nil) }
        #expect(try Self.wait(limits, address, now: now) != nil)
        try limits.giveBack([name, address])
        try limits.take([name, address], now: now)
    }

    @Test("A client that guesses must wait, and locks out neither other clients nor a known browser")
    func guessing() async throws {
        // Checking the passwords takes longer than an interval on a slow machine.
        let example = try ExampleHandler(time: 1_800_000_000)
        let known = ExampleHandler.cookies(try await example.signIn("ada", "analytical+engine"))
            .split(separator: "; ").filter { $0.hasPrefix("__Host-browser=") }.joined()
        #expect(!known.isEmpty)
        var guesses = 0
        while try await example.signIn("ada", "guess", from: "198.51.100.7").status == .unauthorized { guesses += 1 }
        #expect(Int64(guesses) == SignInLimits.Source.name("").burst)
        let refused = try await example.signIn("ada", "analytical+engine", from: "198.51.100.7")
        #expect(refused.status == .tooManyRequests)
        #expect((1...30).contains(Int(refused.headerFields[.retryAfter] ?? "") ?? 0))
        #expect(refused.text.contains("There were too many attempts to sign in."))
        #expect(refused.headerFields[.setCookie] == nil)

        // Her own browser, other names and other clients have their own attempts.
        let ownBrowser = try await example.signIn("ada", "analytical+engine", cookies: known, from: "198.51.100.7")
        #expect(ownBrowser.status == .seeOther)
        #expect(try await example.signIn("margaret", "to+the+moon", from: "198.51.100.7").status == .seeOther)
        #expect(try await example.signIn("grace", "a+nanosecond+of+wire", from: "192.0.2.9").status == .seeOther)
        // The cookie is valid for her name only and cannot be forged.
        let wrong = known.dropLast() + (known.last == "0" ? "1" : "0")
        for (name, cookie) in [("ada", String(wrong)), ("ada", "__Host-browser=x"), ("ada", "")] {
            let response = try await example.signIn(name, "analytical+engine", cookies: cookie, from: "192.0.2.8")
            #expect(response.status == .tooManyRequests, "\(cookie)")
        }
    }

    @Test("Signing in with the right password costs no attempt")
    func rightPassword() async throws {
        let example = try ExampleHandler()
        for _ in 0...SignInLimits.Source.name("").burst {
            #expect(try await example.signIn("ada", "analytical+engine").status == .seeOther)
        }
    }

    @Test("One client occupies only some of the waiting places, and unknown clients leave the last ones free")
    func places() throws {
        let example = try ExampleHandler()
        func enter(_ client: String?, isKnown: Bool = false) -> Bool {
            (try? example.site.passwords.enter(client, isKnown: isKnown)) != nil
        }
        #expect((0..<10).count { _ in enter("192.0.2.1") } == 4)
        #expect((0..<100).count { enter("client \($0)") } == 28)
        #expect(!enter("another"))
        #expect(enter("a browser", isKnown: true))
        example.site.passwords.leave("192.0.2.1")
        example.site.passwords.leave("a browser")
        #expect(enter("192.0.2.1"))
        #expect(!enter("192.0.2.1"))
    }

    @Test("A client behind a proxy that guesses many names locks out no other client")
    func proxy() async throws {
        let example = try ExampleHandler(hasClientAddresses: false)
        for number in 0...SignInLimits.Source.address("").burst {
            #expect(try await example.signIn("name\(number)", "guess").status == .unauthorized)
        }
        #expect(try await example.signIn("ada", "analytical+engine").status == .seeOther)
    }

    @Test("One IPv4 address or 64 bits of an IPv6 address count as one client")
    func addresses() {
        #expect(ClientAddress.group("192.0.2.1") == "192.0.2.1")
        #expect(ClientAddress.group("::ffff:192.0.2.1") == "192.0.2.1")
        #expect(ClientAddress.group("2001:db8:1:2::3") == ClientAddress.group("2001:db8:1:2:ffff::1"))
        #expect(ClientAddress.group("2001:db8:1:2::3") != ClientAddress.group("2001:db8:1:3::3"))
        for text in ["", "unix:", "192.0.2.1:80", "example.org"] { #expect(ClientAddress.group(text) == nil) }
    }

    @Test("A full table forgets, does not grow and never confuses keys")
    func table() throws {
        let example = try ExampleHandler()
        let path = "\(example.state)/table"
        let table = SharedTable(path: FilePath(path), key: example.site.sessions.key)
        var taken = 0
        for number in 1...5000 {
            try table.update(["key \(number)"]) { numbers in
                if numbers[0] != 0 { taken += 1 }
                numbers[0] = Int64(number)
            }
        }
        #expect(taken == 0)
        #expect(try table.update(["key 5000", "key 0"]) { $0 } == [5000, 0])
        #expect(Files.size(path) <= 1 << 20)
        #expect(throws: CancellationError.self) {
            try table.update(["key 5000"]) { numbers in
                numbers[0] = 1
                throw CancellationError()
            }
        }
        #expect(try table.update(["key 5000"]) { $0 } == [5000])
    }
}
