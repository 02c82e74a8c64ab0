import SignedLinks
import Testing

@Suite("Keys") struct LinkKeyTests {
    @Test("the secret is not printed") func description() {
        #expect("\(LinkKey(id: "a", secret: "hidden".utf8))" == "LinkKey(a)")
    }
}
