import SendfileBasics
import Testing

struct PercentEncodingTests {
    @Test(
        "A text is decoded once",
        arguments: [
            ("", ""), ("a%20b", "a b"), ("%41", "A"), ("%4", "%4"), ("%", "%"), ("%%41", "%A"), ("%2541", "%41"),
            ("%zz", "%zz"), ("%2", "%2"), ("100%", "100%"), ("%e4%E4", "\u{FFFD}\u{FFFD}"), ("a+b", "a+b"),
        ]) func decoding(text: String, decoded: String)
    {
        #expect(String(decoding: PercentEncoding.decode(text.utf8), as: UTF8.self) == decoded)
    }

    @Test("Every byte is decoded unchanged") func everyByte() {
        let bytes = Array(UInt8.min...UInt8.max)
        let encoded = PercentEncoding.encodePath(bytes)
        #expect(PercentEncoding.decode(encoded) == bytes)
        let isPlain = encoded.allSatisfy { byte in byte > 0x20 && byte < 0x7F }
        #expect(isPlain)
    }

    @Test(
        "Strict decoding refuses an incomplete escape",
        arguments: [("a%20b", "a b"), ("", ""), ("%4", nil), ("%", nil), ("%zz", nil), ("a%2", nil), ("%41%", nil)])
    func strictDecoding(text: String, decoded: String?) {
        #expect(PercentEncoding.decodeStrictly(text.utf8).map { String(decoding: $0, as: UTF8.self) } == decoded)
    }

    @Test("Only the given characters stay unencoded") func keptCharacters() {
        #expect(PercentEncoding.text("a/b c~".utf8) == "a%2Fb%20c~")
        #expect(PercentEncoding.text("a/b c~".utf8, keeping: PercentEncoding.pathCharacters) == "a/b%20c~")
        #expect(PercentEncoding.text("a/".utf8, keeping: PercentEncoding.noCharacters) == "%61%2F")
        #expect(
            PercentEncoding.encode("é".utf8, keeping: PercentEncoding.pathCharacters, after: "/x/")
                == Array("/x/%C3%A9".utf8))
    }
}
