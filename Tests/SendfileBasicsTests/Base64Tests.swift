import SendfileBasics
import Testing

struct Base64Tests {
    @Test(
        "Bytes are encoded and decoded in both alphabets",
        arguments: [
            // RFC 4648 §10.
            ("", "", ""), ("f", "Zg==", "Zg"), ("fo", "Zm8=", "Zm8"), ("foo", "Zm9v", "Zm9v"),
            ("foob", "Zm9vYg==", "Zm9vYg"),
            ("fooba", "Zm9vYmE=", "Zm9vYmE"), ("foobar", "Zm9vYmFy", "Zm9vYmFy"), ("?>\u{7F}", "Pz5/", "Pz5_"),
            (">>>", "Pj4+", "Pj4-"),
        ])
    func alphabets(bytes: String, standard: String, url: String) {
        let bytes = Array(bytes.utf8)
        #expect(Base64.standard.encode(bytes) == standard)
        #expect(Base64.url.encode(bytes) == url)
        #expect(Base64.standard.decode(standard.utf8) == bytes)
        #expect(Base64.url.decode(url.utf8) == bytes)
        // Padding may be missing.
        #expect(Base64.standard.decode(standard.utf8.filter { $0 != UInt8(ascii: "=") }) == bytes)
    }

    @Test(
        "An invalid text is refused",
        arguments: ["Z", "Zh==", "Zg=", "Zg===", "Zm9v=", "=", "====", "Zg==Zg==", "Zm9", "Z g==", "Zg\n", "Pz5_"])
    func invalidText(text: String) {
        #expect(Base64.standard.decode(text.utf8) == nil)
    }

    @Test("The URL alphabet has no padding", arguments: ["Zg==", "Pz5/", "Zh"])
    func padding(text: String) {
        #expect(Base64.url.decode(text.utf8) == nil)
    }

    @Test("Every byte is decoded unchanged") func everyByte() {
        let bytes = Array(UInt8.min...UInt8.max)
        #expect(Base64.standard.decode(Base64.standard.encode(bytes).utf8) == bytes)
        #expect(Base64.url.decode(Base64.url.encode(bytes).utf8) == bytes)
        #expect(Hexadecimal.decode(Hexadecimal.encode(bytes).utf8) == bytes)
        #expect(Hexadecimal.decode(Hexadecimal.encode(bytes).uppercased().utf8) == bytes)
        for text in ["a", "0g", " a"] { #expect(Hexadecimal.decode(text.utf8) == nil) }
    }
}
