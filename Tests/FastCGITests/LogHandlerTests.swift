import Glibc
import Logging
import Testing

@testable import FastCGI

@Suite struct LogHandlerTests {
    /// The texts that a handler writes to a pipe, one for each write(2).
    static func written(
        format: LogFormat = .text, hasPriority: Bool = false, _ log: (inout Logger) -> Void
    ) -> [String] {
        var ends: [Int32] = [-1, -1]
        // In a packet socket, a read returns the bytes of one write.
        #expect(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
        defer { close(ends[0]) }
        let output = LogOutput(ends[1])
        var logger = Logger(label: "store") {
            FastCGILogHandler(label: $0, format: format, output: output, hasPriority: hasPriority)
        }
        log(&logger)
        output.flush()
        close(ends[1])
        var lines: [String] = []
        var buffer = [UInt8](repeating: 0, count: 100_000)
        while case let count = read(ends[0], &buffer, buffer.count), count > 0 {
            lines.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
        return lines
    }

    @Test("A line has time, level, label, message and metadata, in one write") func line() throws {
        let lines = Self.written { logger in
            logger[metadataKey: "request"] = "17"
            logger.warning("no such report", metadata: ["user": "eve", "request": "18"])
            logger.debug("left out")
        }
        #expect(lines.count == 1)
        let line = try #require(lines.first)
        #expect(line.hasSuffix("Z warning store: no such report request=18 user=eve\n"))
        #expect(line.firstMatch(of: #/^20\d\d-[01]\d-[0-3]\dT[0-2]\d:[0-5]\d:[0-6]\dZ /#) != nil)
    }

    @Test(
        "Text from a client cannot end a line or control a terminal",
        arguments: ["\n", "\r\n", "\u{0}", "\u{1B}[2J", "\u{7F}", "\u{9B}2J", "\u{2028}", "\u{202E}"])
    func hostileText(text: String) {
        for lines in [
            Self.written { $0.error("\(text)") }, Self.written { $0.error("m", metadata: ["k": "\(text)"]) },
            Self.written { $0.error("m", metadata: ["\(text)": "v"]) },
        ] {
            #expect(lines.count == 1)
            #expect(lines.allSatisfy { !$0.dropLast().unicodeScalars.contains(text.unicodeScalars.first!) })
        }
    }

    @Test(
        "A long line is truncated between two characters", arguments: [("x", 997), ("ü", 994), ("日", 990), ("😀", 988)])
    func longLine(text: String, least: Int) {
        for length in 230...1200 {
            let line = FastCGILogHandler.line(String(repeating: text, count: length))
            let all = text.utf8.count * length + 1
            #expect(line.count <= 1000 && (line.count == all || line.count >= least), "\(length): \(line.count)")
            #expect(
                String(validating: line, as: UTF8.self)?.hasSuffix(all > 1000 ? "…\n" : "\(text)\n") == true,
                "\(length)")
        }
    }

    @Test("A line contains the provider's metadata, which the event's metadata overrides") func metadata() {
        let lines = Self.written { logger in
            var handler = logger.handler
            handler.metadataProvider = Logger.MetadataProvider { ["trace": "t1", "user": "a"] }
            logger.handler = handler
            logger.notice("m", metadata: ["user": "b"])
        }
        #expect(lines.first?.hasSuffix("notice store: m trace=t1 user=b\n") == true)
    }
}
