import SignedLinks
import Testing

@Suite("Keys") struct LinkKeyTests {
    @Test("the secret is not printed") func description() throws {
        #expect("\(LinkKey(id: "a", secret: "hidden".utf8))" == "LinkKey(a)")
        var text = ""
        dump(LinkKey(id: "a", secret: "hidden".utf8), to: &text)
        dump(try SignedLinks(keys: [LinkKey(id: "a", secret: "hidden".utf8)]), to: &text)
        // As bytes, too.
        #expect(text.contains("LinkKey(a)") && !text.contains("hidden") && !text.contains("104"))
    }
}
