import SendfileBasics
import Testing

@Suite struct SizeTextTests {
    @Test(
        "A size is a number of bytes, or a number with a unit",
        arguments: [
            ("0", 0), ("67108864", 67_108_864), ("65536k", 67_108_864), ("64m", 67_108_864), ("64M", 67_108_864),
            ("1g", 1 << 30), ("0K", 0), ("9223372036854775807", Int.max), ("8796093022207m", Int.max - (1 << 20) + 1),
        ])
    func valid(text: String, bytes: Int) {
        #expect(SizeText.bytes(text) == bytes)
    }

    @Test(
        "Every other text is not a size",
        arguments: [
            "", "m", "-1", "+1", " 1", "1 m", "1.5m", "1e3", "1mb", "1t", "0x10", "١", "64\u{212A}",
            "9223372036854775808",
            "8796093022208m", "8589934592g",
        ])
    func invalid(text: String) {
        #expect(SizeText.bytes(text) == nil)
    }
}
