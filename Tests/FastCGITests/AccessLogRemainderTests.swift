import Testing

@testable import FastCGI

/// The lines of an access log of which a full disk took only a part.
@Suite struct AccessLogRemainderTests {
    @Test("A write that ends anywhere loses the line of which only a part is in the file, and no other line")
    func everyLength() throws {
        let lines = Array("first\nsecond\nthird\n".utf8)
        let ends = lines.indices.filter { lines[$0] == UInt8(ascii: "\n") }
        for count in 1..<lines.count {
            let remainder = try #require(AccessLog.Remainder(of: lines, after: count))
            let end = try #require(ends.first { $0 >= count - 1 })
            #expect(remainder.isTorn == (lines[count - 1] != UInt8(ascii: "\n")), "after \(count) bytes")
            // The line is whole in the file if all bytes before its end were written.
            #expect(remainder.isLineLost == (count < end), "after \(count) bytes")
            #expect(Array(remainder.lines) == Array(lines[(end + 1)...]), "after \(count) bytes")
        }
    }

    @Test("A line end that was written before other lines is not a line")
    func lineEnd() throws {
        let remainder = try #require(AccessLog.Remainder(of: Array("\nfirst\n".utf8), after: 1))
        #expect(!remainder.isTorn && !remainder.isLineLost)
        #expect(Array(remainder.lines) == Array("first\n".utf8))
        #expect(AccessLog.Remainder(of: Array("first".utf8), after: 2) == nil)
    }
}
