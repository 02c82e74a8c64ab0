import SignedLinks
import Testing

@Suite struct LinkKeyTests {
    @Test("A description of a key does not contain the secret") func description() throws {
        #expect("\(LinkKey(id: "a", secret: "hidden".utf8))" == "LinkKey(a)")
        var text = ""
        dump(LinkKey(id: "a", secret: "hidden".utf8), to: &text)
        dump(try SignedLinks(keys: [LinkKey(id: "a", secret: "hidden".utf8)]), to: &text)
        // Also as bytes.
        #expect(text.contains("LinkKey(a)") && !text.contains("hidden") && !text.contains("104"))
    }
}
