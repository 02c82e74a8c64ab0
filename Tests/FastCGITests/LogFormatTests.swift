import Glibc
import Logging
import Testing

@testable import FastCGI

/// The lines of ``FastCGILogHandler`` as JSON, and their priorities in systemd's journal.
@Suite struct LogFormatTests {
    private struct Failed: Error, CustomStringConvertible {
        let description: String
    }

    private static func object(_ log: (inout Logger) -> Void) throws -> JSON {
        let lines = LogHandlerTests.written(format: .json, log)
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.hasSuffix("}\n"))
        return try JSON(line.dropLast().utf8)
    }

    @Test("A line is an object with time, level, logger, message, error and metadata") func members() throws {
        let object = try Self.object { logger in
            logger[metadataKey: "request"] = "17"
            logger.error(
                "no \"such\" report", error: Failed(description: "disk\n"),
                metadata: [
                    "user": "eve", "sizes": [.stringConvertible(1), "2"], "place": ["row": "3", "seats": []],
                    "time": "mine",
                ])
        }
        guard case .object(let members) = object else { throw Failed(description: "not an object") }
        #expect(members.keys.sorted() == ["error", "level", "logger", "message", "metadata", "time"])
        #expect(object["level"]?.text == "error")
        #expect(object["logger"]?.text == "store")
        #expect(object["message"]?.text == "no \"such\" report")
        #expect(object["error"]?.text == "disk\n")
        #expect(
            object["metadata"]
                == .object([
                    "request": .text("17"), "user": .text("eve"), "sizes": .list([.text("1"), .text("2")]),
                    "place": .object(["row": .text("3"), "seats": .list([])]), "time": .text("mine"),
                ]))
        let time = try #require(object["time"]?.text)
        #expect(time.firstMatch(of: #/^20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\d\.\d{3}Z$/#) != nil)
    }

    @Test("A line without metadata and error has neither member") func fewMembers() throws {
        guard case .object(let members) = try Self.object({ $0.info("m") }) else { throw Failed(description: "") }
        #expect(members.keys.sorted() == ["level", "logger", "message", "time"])
    }

    @Test(
        "Text from a client stays in its member",
        arguments: [
            "\"", "\\", "\n", "\r\n", "\u{0}", "\u{1B}[2J", "\u{7F}", "\u{2028}", "\u{202E}", "\",\"level\":\"info",
            String(decoding: [0x61, 0xFF, 0xC3, 0x62], as: UTF8.self), "日本語 🎉",
        ])
    func hostileText(text: String) throws {
        let object = try Self.object { $0.error("\(text)", metadata: [text: "\(text)", "list": ["\(text)"]]) }
        #expect(object["message"]?.text == text)
        #expect(object["metadata"]?[text]?.text == text)
        #expect(object["metadata"]?["list"] == .list([.text(text)]))
        #expect(object["level"]?.text == "error")
    }

    @Test(
        "Every metadata value is kept, and a long one is truncated between two characters",
        arguments: ["x", "ü", "日", "😀"])
    func longValues(text: String) throws {
        let long = String(repeating: text, count: 9000)
        let object = try Self.object { logger in
            logger.error("\(long)", metadata: ["a": "\(long)", "b": "\(long)", "z": "last"])
        }
        for value in [object["message"], object["metadata"]?["a"], object["metadata"]?["b"]] {
            let value = try #require(value?.text)
            #expect((7997...8003).contains(value.utf8.count), "\(value.utf8.count)")
            #expect(value.dropLast().allSatisfy { String($0) == text } && value.last == "…")
        }
        #expect(object["metadata"]?["z"]?.text == "last")
    }

    @Test("A line of text contains the error") func errorInText() {
        let lines = LogHandlerTests.written {
            $0.warning("m", error: Failed(description: "full"), metadata: ["k": "v"])
        }
        #expect(lines.first?.hasSuffix("warning store: m k=v error=full\n") == true, "\(lines)")
    }

    @Test("In the journal, a line begins with the priority of its level", arguments: [LogFormat.text, .json])
    func priorities(format: LogFormat) {
        for (level, priority) in [
            (Logger.Level.trace, 7), (.debug, 7), (.info, 6), (.notice, 5), (.warning, 4), (.error, 3), (.critical, 2),
        ] {
            let lines = LogHandlerTests.written(format: format, hasPriority: true) { logger in
                logger.logLevel = .trace
                logger.log(level: level, "m")
            }
            #expect(lines.count == 1)
            #expect(lines.first?.hasPrefix("<\(priority)>\(format == .json ? "{" : "20")") == true, "\(lines)")
        }
    }

    @Test("Standard error leads to the journal only if JOURNAL_STREAM is its device and inode") func journal() throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        var status = stat()
        #expect(fstat(ends[1], &status) == 0)
        #expect(Journal.receives(ends[1], "\(status.st_dev):\(status.st_ino)"))
        for other in ["\(status.st_dev):\(status.st_ino + 1)", "\(status.st_dev)", "", nil] {
            #expect(!Journal.receives(ends[1], other))
        }
        #expect(!Journal.receives(-1, "\(status.st_dev):\(status.st_ino)"))
    }
}
