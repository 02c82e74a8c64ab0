import SendfileBasics
import Testing

struct ByteWriterTests {
    @Test(
        "A number is written in decimal digits",
        arguments: [0, 1, 9, 10, 11, 99, 100, 404, 999, 1000, 102_400, 1 << 31, 1 << 32, Int64.max - 1, Int64.max])
    func decimal(number: Int64) {
        var bytes: [UInt8] = []
        bytes.append(upTo: 21) { writer in
            writer.put(UInt8(ascii: "<"))
            writer.put(decimal: number)
            writer.put(UInt8(ascii: ">"))
        }
        #expect(String(decoding: bytes, as: UTF8.self) == "<\(number)>")
    }
}
