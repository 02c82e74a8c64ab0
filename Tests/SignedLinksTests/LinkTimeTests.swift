import HTTPTypes
import SignedLinks
import SignedLinksHTTP
import Testing

@Suite struct LinkTimeTests {
    private static let start = LinkTime(secondsSince1970: 1_780_000_000)

    @Test("A duration is added in whole seconds")
    func sum() {
        #expect((Self.start + .seconds(3600)).secondsSince1970 == 1_780_003_600)
        #expect((Self.start - .seconds(3600)).secondsSince1970 == 1_779_996_400)
        #expect((Self.start + .milliseconds(1999)).secondsSince1970 == 1_780_000_001)
        #expect(Self.start + .seconds(1) > Self.start)
        #expect("\(Self.start)" == "1780000000")
    }

    @Test("A time out of range becomes the nearest possible time")
    func overflow() {
        let last = LinkTime(secondsSince1970: .max)
        let first = LinkTime(secondsSince1970: .min)
        #expect(last + .seconds(1) == last)
        #expect(last - .seconds(-1) == last)
        #expect(first - .seconds(1) == first)
        #expect(first + .seconds(-1) == first)
    }

    @Test("A link without a given time is made and verified by the clock")
    func now() throws {
        let links = try SignedLinks(keys: [.test])
        let valid = LinkRequest(try links.link(to: "a.txt", expires: .now + .seconds(600)))
        let expired = LinkRequest(try links.link(to: "a.txt", expires: .now - .seconds(600)))
        #expect(links.verify(path: valid.path, query: valid.query).status == .ok)
        #expect(links.verify(path: expired.path, query: expired.query).status == .gone)
        #expect(links.verify(path: "a.txt", query: "").status == .notFound)
        #expect(LinkTime.now > Self.start)
    }

    @Test("The status of a verdict has its status code", arguments: ["", "expires=1&signature=x"])
    func status(_ query: String) throws {
        let verdict = try SignedLinks(keys: [.test]).verify(path: "a", query: query)
        #expect(verdict.status.code == verdict.statusCode)
        guard case .invalid(let flaw) = verdict else {
            Issue.record("\(verdict)")
            return
        }
        #expect(flaw.code == (query.isEmpty ? .missingSignature : .malformed))
    }

    @Test("A timeout below one second is refused", arguments: [Duration.zero, .seconds(-1), .milliseconds(999)])
    func timeout(_ timeout: Duration) {
        let error = #expect(throws: SignedLinksError.self) { try SignedLinks(keys: [.test], timeout: timeout) }
        #expect(error?.code == .invalidTimeout)
    }
}
