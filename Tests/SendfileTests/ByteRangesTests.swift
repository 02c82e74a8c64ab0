import Testing

@testable import Sendfile

struct ByteRangesTests {
    @Test(
        "A range selects the existing bytes",
        arguments: [
            ("bytes=0-0", [0..<1]),
            ("bytes=0-499", [0..<500]),
            ("bytes=500-999", [500..<1000]),
            ("bytes=500-", [500..<1000]),
            ("bytes=-500", [500..<1000]),
            ("bytes=-1", [999..<1000]),
            ("bytes=-5000", [0..<1000]),
            ("bytes=0-", [0..<1000]),
            ("bytes=990-99999999999999999999999", [990..<1000]),
            ("bytes=-99999999999999999999999", [0..<1000]),
            ("Bytes=0-1", [0..<2]),
            ("bytes=0-1,5-6", [0..<2, 5..<7]),
            ("bytes= 0-1 ,\t5-6 ,, ", [0..<2, 5..<7]),
            ("bytes=900-,0-99", [900..<1000, 0..<100]),
            ("bytes=0-0,2000-3000,-1", [0..<1, 999..<1000]),
            ("bytes=0-10,5-15", [0..<11, 5..<16]),
            ("bytes=007-0008", [7..<9]),
        ]) func ranges(field: String, ranges: [Range<Int64>])
    {
        #expect(ByteRanges(field, size: 1000) == .some(ranges))
    }

    @Test(
        "A range in another unit gets the whole file",
        arguments: [
            "", "bytes", "items=0-5", "octets=0-1", "byte=0-1", " bytes=0-1", "bytes 0-1", "=0-1", "bytesx=0-1",
            "bytes\u{1D}0-1",
        ]) func otherUnits(field: String)
    {
        #expect(ByteRanges(field, size: 1000) == .whole)
    }

    @Test(
        "An unreasonable number of ranges or bytes gets the whole file",
        arguments: [
            // Asks for more bytes than there are.
            "bytes=0-999,0-0", "bytes=0-600,300-800", "bytes=0-,0-",
            // Asks for more ranges than is reasonable.
            "bytes=" + (0...16).map { "\($0 * 2)-\($0 * 2)" }.joined(separator: ","),
        ]) func unreasonable(field: String)
    {
        #expect(ByteRanges(field, size: 1000) == .wholeInstead)
    }

    @Test(
        "A range beyond the file, or a malformed one, is unsatisfiable",
        arguments: [
            "bytes=1000-", "bytes=1000-1000", "bytes=5000-6000", "bytes=-0", "bytes=99999999999999999999999-",
            "bytes=1000-1001,-0",
            // Malformed.
            "bytes=", "bytes=,", "bytes=-", "bytes=abc", "bytes=5-2", "bytes=0-1,abc", "bytes=--1", "bytes=1--2",
            "bytes=+1-2", "bytes=0x1-2", "bytes=1.0-2", "bytes=0-1;2-3", "bytes=0 - 1", "bytes=0-1, bytes=2-3",
            "bytes=1", "bytes=0-999,0-999,0",
            "bytes=٣-٤",
        ]) func unsatisfiable(field: String)
    {
        #expect(ByteRanges(field, size: 1000) == .unsatisfiable)
    }

    @Test("Sixteen ranges are permitted") func sixteen() {
        let starts = (0..<16).map { Int64($0) * 2 }
        let field = "bytes=" + starts.map { "\($0)-\($0)" }.joined(separator: ",")
        let ranges = starts.map { $0..<$0 + 1 }
        #expect(ByteRanges(field, size: 1000) == .some(ranges))
    }

    @Test(
        "Only the last bytes of an empty file are satisfiable",
        arguments: [
            ("bytes=0-0", ByteRanges.unsatisfiable), ("bytes=0-", .unsatisfiable), ("bytes=-0", .unsatisfiable),
            ("bytes=-1", .wholeInstead), ("bytes=0-,-5", .wholeInstead),
        ]) func emptyFile(field: String, ranges: ByteRanges)
    {
        #expect(ByteRanges(field, size: 0) == ranges)
    }

    @Test("The ranges of the largest file do not overflow") func largestFile() {
        let size = Int64.max
        #expect(ByteRanges("bytes=-1", size: size) == .some([size - 1..<size]))
        #expect(ByteRanges("bytes=0-,1-,2-", size: size) == .wholeInstead)
        #expect(ByteRanges("bytes=0-\(Int64.max)", size: size) == .some([0..<size]))
    }
}
