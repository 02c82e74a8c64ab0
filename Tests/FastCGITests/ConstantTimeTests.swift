import FastCGI
import Testing

@Suite struct ConstantTimeTests {
    @Test(
        "Texts are equal if their bytes are",
        arguments: [
            ("", "", true), ("a", "a", true), ("a", "b", false), ("a", "", false), ("", "a", false),
            ("ab", "aB", false),
            ("ab", "abc", false), ("é", "é", true), ("é", "e\u{301}", false), ("a\0", "a", false),
        ])
    func texts(first: String, second: String, areEqual: Bool) {
        #expect(ConstantTime.areEqual(first, second) == areEqual)
        #expect(ConstantTime.areEqual(Array(first.utf8), second.utf8) == areEqual)
    }

    @Test("A difference in any bit of any byte is found") func bits() {
        let bytes = (0..<32).map { UInt8($0 * 7) }
        for index in bytes.indices {
            for bit in 0..<8 {
                var other = bytes
                other[index] ^= 1 << bit
                #expect(!ConstantTime.areEqual(bytes, other))
            }
        }
    }
}
