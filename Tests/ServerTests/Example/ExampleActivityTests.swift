import FastCGITesting
import HTTPTypes
import Testing

@testable import ProtectedDownloads

/// The downloads in the example's log.
@Suite struct ExampleActivityTests {
    @Test(
        "A download with any range is logged",
        arguments: [
            nil, "bytes=0-", "BYTES=0-", "bytes=-999999", "bytes=00-", "bytes=,0-", "bytes=1-", "bytes=5-6",
            "bytes=5-6,1-2", "bytes=-1", "bytes = 0-", "lines=1-2",
        ])
    func anyRange(_ range: String?) async throws {
        let example = try ExampleHandler()
        try Files.write("0123456789", to: "\(example.root)/research/a.txt")
        let ada = try await example.ada()
        for method in [HTTPRequest.Method.head, .get] {
            var fields: HTTPFields = [.cookie: ada.cookies]
            fields[.range] = range
            let response = try await example.respond(
                to: .init(method, "/files/research/a.txt", headerFields: fields))
            #expect(response.status.kind == .successful)
        }
        #expect(try example.log().count == 1)
        #expect(try example.log().first?.contains("downloaded\tada\tresearch\ta.txt") == true)
    }

    @Test("A response without a byte of a file is not logged")
    func nothingSent() async throws {
        let example = try ExampleHandler()
        try Files.write("0123456789", to: "\(example.root)/research/a.txt")
        let ada = try await example.ada()
        let path = "/files/research/a.txt"
        let whole = try await example.get(path, cookies: ada.cookies)
        let tag = try #require(whole.headerFields[.eTag])
        #expect(try await example.get(path, cookies: ada.cookies, [.ifNoneMatch: tag]).status == .notModified)
        #expect(try await example.get(path, cookies: ada.cookies, [.range: "bytes=10-"]).status.code == 416)
        #expect(try await example.get(path, cookies: ada.cookies, [.ifMatch: "\"x\""]).status.code == 412)
        #expect(try example.log().count == 1)
    }

    @Test("Ranges of one version of a file for one client have one line, wherever the client begins")
    func parts() async throws {
        let example = try ExampleHandler()
        let file = "\(example.root)/research/a.txt"
        try Files.write("0123456789", to: file)
        let ada = try await example.ada()
        func fetch(_ range: String?, _ agent: String) async throws {
            var fields: HTTPFields = [.userAgent: agent]
            fields[.range] = range
            _ = try await example.get("/files/research/a.txt", cookies: ada.cookies, fields)
        }
        for range in ["bytes=5-6", "bytes=0-", "bytes=-1", "bytes=0-4"] { try await fetch(range, "one") }
        #expect(try example.log().count == 1)
        try await fetch("bytes=5-", "another")
        #expect(try example.log().count == 2)
        try await fetch(nil, "one")
        try await fetch(nil, "one")
        #expect(try example.log().count == 4)
        try Files.write("0123456789 and more", to: file)
        try await fetch("bytes=7-", "one")
        #expect(try example.log().count == 5)
    }

    @Test("Ranges requested at the same time have one line, and another one after an hour")
    func simultaneousParts() async throws {
        let example = try ExampleHandler()
        let address = FileAddress(team: "research", name: Array("a.txt".utf8))
        let log = example.site.activity
        @Sendable func fetch(at time: Int64) throws {
            try log.addRange(of: ["client"], .downloaded, address, user: "ada", from: "192.0.2.1", now: time)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 { group.addTask { try fetch(at: 1_800_000_000) } }
            try await group.waitForAll()
        }
        #expect(try example.log().count == 1)
        try fetch(at: 1_800_000_000 + ActivityLog.rangesLifetime)
        #expect(try example.log().count == 1)
        try fetch(at: 1_800_000_001 + ActivityLog.rangesLifetime)
        #expect(try example.log().count == 2)
        // A clock that is set back does not suppress a line.
        try fetch(at: 1_700_000_000)
        #expect(try example.log().count == 3)
    }
}
