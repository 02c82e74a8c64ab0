import Testing

@testable import Sendfile

struct PercentEncodingTests {
    @Test(arguments: [
        ("", ""), ("a%20b", "a b"), ("%41", "A"), ("%4", "%4"), ("%", "%"), ("%%41", "%A"), ("%2541", "%41"),
        ("%zz", "%zz"), ("%2", "%2"), ("100%", "100%"), ("%e4%E4", "\u{FFFD}\u{FFFD}"), ("a+b", "a+b"),
    ]) func isDecodedOnce(text: String, decoded: String) {
        #expect(String(decoding: PercentEncoding.decode(text.utf8), as: UTF8.self) == decoded)
    }

    @Test func everyByteSurvives() {
        let bytes = Array(UInt8.min...UInt8.max)
        let encoded = PercentEncoding.encodePath(bytes)
        #expect(PercentEncoding.decode(encoded) == bytes)
        let isPlain = encoded.allSatisfy { byte in byte > 0x20 && byte < 0x7F }
        #expect(isPlain)
    }
}
