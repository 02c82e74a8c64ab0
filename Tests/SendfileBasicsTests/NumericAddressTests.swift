import SendfileBasics
import Testing

@Suite struct NumericAddressTests {
    @Test("An address has its bytes, of either family") func bytes() {
        #expect(NumericAddress.bytes("192.0.2.1") == [192, 0, 2, 1])
        #expect(NumericAddress.bytes("2001:db8::1") == [0x20, 1, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1])
    }

    @Test(
        "A text that is not only an address has none",
        arguments: ["", "192.0.2", "192.0.2.1 ", "[::1]", "::1%lo", "192.0.2.1\0", "192.0.2.1\0x", "\0", "::1\0/8"])
    func others(text: String) { #expect(NumericAddress.bytes(text) == nil) }
}
