import HTTPTypes
import SendfileBasics
import Testing

@testable import Sendfile

/// Random text, the same in every run.
struct RandomInputTests {
    @Test("Ranges are within the file and no longer than it") func ranges() {
        var generator = SeededGenerator(seed: 1)
        let pieces = ["0", "1", "5", "99", "18446744073709551616", "-", "-", ",", ",", " ", "\t", "bytes=", "x", "ä"]
        var some = 0
        for _ in 0..<50_000 {
            let size = [0, 1, 6, 100, Int64.max].randomElement(using: &generator)!
            let field = "bytes=" + generator.text(of: pieces, upTo: 12)
            guard case .some(let ranges) = ByteRanges(field, size: size) else { continue }
            some += 1
            var left = size
            for range in ranges {
                #expect(!range.isEmpty && range.lowerBound >= 0 && range.upperBound <= size)
                left -= range.upperBound - range.lowerBound
            }
            #expect(left >= 0 && (1...ByteRanges.maximumCount).contains(ranges.count))
        }
        #expect(some > 500)
    }

    @Test("A written date is parsed unchanged") func dates() {
        var generator = SeededGenerator(seed: 2)
        let pieces = [
            "Sun", ", ", " ", "06", "6", "Nov", "-", "94", "1994", "08:49:37", ":", "GMT", "Sunday", "ä", "99",
        ]
        for _ in 0..<50_000 {
            guard let date = HTTPDate(generator.text(of: pieces, upTo: 10)) else { continue }
            #expect(date.text.flatMap { HTTPDate($0) } == date)
        }
        for _ in 0..<50_000 {
            let date = HTTPDate(seconds: Int64.random(in: -62_167_219_200...253_402_300_799, using: &generator))
            #expect(date.text.flatMap { HTTPDate($0) } == date)
        }
    }

    @Test("A list contains a tag only if its text does") func tags() {
        var generator = SeededGenerator(seed: 3)
        let pieces = ["\"", "\"", "a", "b", "W/", ",", " ", "*", "\\", "\"a\"", "ä"]
        var found = 0
        for _ in 0..<50_000 {
            let list = generator.text(of: pieces, upTo: 10)
            guard EntityTags.list(list, contains: "\"a\"", by: .weak) else { continue }
            found += 1
            #expect(list.contains("\"a\"") || list.split(separator: " ") == ["*"])
            let isStrong = EntityTags.list(list, contains: "\"a\"", by: .strong)
            #expect(!isStrong || list.replacing("W/\"a\"", with: "").contains("\"a\"") || list.contains("*"))
        }
        #expect(found > 1000)
    }

    /// The meaning of a path, determined component by component.
    @Test("A path is normalized or refused") func paths() {
        var generator = SeededGenerator(seed: 4)
        let pieces = [".", "..", "/", "/", "a", "b.c", "\0", " ", "ä", "..."]
        var accepted = 0
        for _ in 0..<50_000 {
            let text = generator.text(of: pieces, upTo: 8)
            let components = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
            let isFile =
                !text.isEmpty && !text.hasPrefix("/") && !text.contains("\0") && !components.contains("..")
                && !components.contains("") && components.last != "."
            let path = try? RelativePath(.text(text))
            #expect((path != nil) == isFile, "\(text.debugDescription)")
            guard let path else { continue }
            accepted += 1
            let expected = components.filter { $0 != "." }
            #expect(path.bytes.elementsEqual(expected.joined(separator: "/").utf8))
            #expect(path.lastComponent.elementsEqual(expected.last!.utf8))
            #expect(path.nulTerminated.firstIndex(of: 0) == path.nulTerminated.count - 1)
        }
        #expect(accepted > 1000)
    }

    @Test("Every text becomes a valid disposition") func dispositions() {
        var generator = SeededGenerator(seed: 5)
        let pieces = ["\"", "\\", "%", "/", "\r\n", "\0", ".", " ", "a", "ä", "日", ";", "'", "*", "\u{85}", "e\u{301}"]
        for _ in 0..<20_000 {
            let name = generator.text(of: pieces, upTo: 12)
            for disposition in [ContentDisposition.attachment(named: name), .inline(named: name)] {
                let value = disposition.fieldValue(fileName: []) ?? ""
                #expect(HTTPField.isValidValue(value))
                #expect(value.utf8.count(where: { $0 == UInt8(ascii: "\"") }) == (name.isEmpty ? 0 : 2))
            }
        }
    }

    @Test("Many tasks share one Sendfile") func tasks() async throws {
        let directory = try TemporaryDirectory()
        for root in 0..<80 { try directory.write("\(root)/file", "content of \(root)") }
        let sendfile = try Sendfile(environment: .environment())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for step in 0..<200 {
                        let root = (task * 37 + step) % 80
                        let request = TestRequest(parameters: ["SENDFILE_ROOT": directory.path("\(root)")])
                        guard let body = try sendfile(request, "file").delivery.body else {
                            Issue.record("not streamed")
                            return
                        }
                        #expect(try body.collect() == Array("content of \(root)".utf8))
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("A mapping leads to its URL, or is an error") func mappings() {
        var generator = SeededGenerator(seed: 9)
        let pieces = [
            "/srv", "/a", "/", "=", ",", " ", "%2C", "%3d", "%25", "%", "x", "ä", "..", ".", "\n", "\0", "\t", "*",
        ]
        var some = 0
        for _ in 0..<50_000 {
            let text = generator.text(of: pieces, upTo: 10)
            guard let mapping = try? InternalURLMapping(text, from: .parameter) else { continue }
            some += 1
            let path = Array(("/" + generator.text(of: ["srv", "a", "/", "x", ",", "="], upTo: 8)).utf8)
            guard let url = mapping.encoded(for: path) else { continue }
            #expect(url.first == UInt8(ascii: "/") && !url.contains { $0 <= 0x20 || $0 >= 0x7F })
        }
        #expect(some > 300)

        for _ in 0..<5_000 {
            let names = (0...3).map { _ in
                (0...Int.random(in: 1...4, using: &generator)).map { _ in UInt8.random(in: 1...255, using: &generator) }
                    .map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "%") : $0 }
            }
            guard !names.contains(Array(".".utf8)), !names.contains(Array("..".utf8)) else { continue }
            let directory = names.flatMap { [UInt8(ascii: "/")] + $0 }
            let text = String(decoding: PercentEncoding.encodePath(directory), as: UTF8.self)
            let mapping = try? InternalURLMapping("\(text)=/x/", from: .parameter)
            #expect(mapping?.encoded(for: directory + Array("/f".utf8)) == Array("/x/f".utf8))
            #expect(mapping?.encoded(for: directory + Array("f/f".utf8)) == nil)
            #expect(mapping?.encoded(for: Array(directory.dropLast()) + Array("/f".utf8)) == nil)
        }
    }
}
