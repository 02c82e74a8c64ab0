import Glibc
import SystemPackage

@testable import FastCGI
@testable import GateReaders
@testable import SendfileJSON

/// Access logs, as `sendfile-gate downloads` reads them: they contain what clients have sent.
enum DownloadsTarget {
    private static let file = MemoryFile()

    static func run(_ input: Input) {
        var input = input
        let kind = input.byte() % 4
        switch kind {
        case 0: Self.json(Array(input.rest))
        case 1: Self.times(input.text())
        case 2: Self.sets(&input)
        default: Self.log(Array(input.rest))
        }
    }

    /// A value is read as the grammar has it, and what the program writes is read as it was.
    private static func json(_ bytes: [UInt8]) {
        let (read, reference) = (JSONText(bytes[...]), JSONGrammar.value(of: bytes, deepest: 16))
        require(read == reference, "\(String(decoding: bytes, as: UTF8.self)): \(read as Any), but \(reference as Any)")
        let text = String(decoding: bytes, as: UTF8.self)
        var line = JSONLine()
        line.add("text", text)
        line.add(text + "x", 17)
        let written = line.line
        require(written.count { $0 == 0x0A } == 1 && written.last == 0x0A, "\(written)")
        let again = JSONText(written.dropLast())
        require(again?["text"]?.text.map { Array($0.utf8) } == Array(text.utf8), text)
        require(again?[text + "x"]?.count == 17, text)
    }

    /// A time has the form of RFC 3339, and is written as it was read.
    private static func times(_ text: String) {
        guard let seconds = LogTime.seconds(text) else { return }
        let bytes = Array(text.utf8)
        let pattern = Array("0000-00-00T00:00:00".utf8)
        require(
            bytes.count >= 20
                && zip(bytes, pattern).allSatisfy { $1 == 0x30 ? (0x30...0x39).contains($0) : $0 == $1 }, text)
        require([UInt8(ascii: "."), UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-")].contains(bytes[19]), text)
        require(seconds.isFinite, text)
        let written = LogTime.text(seconds)
        require(written.utf8.count == 20, "\(text) is written as \(written)")
        if seconds >= 0, seconds < 253_402_300_800 {
            require(LogTime.seconds(written) == seconds.rounded(.down), "\(text) is written as \(written)")
        }
    }

    /// The union of ranges contains each byte of them, and no other.
    private static func sets(_ input: inout Input) {
        var set = ByteSet()
        var bytes: Set<Int64> = []
        while !input.rest.isEmpty {
            let start = Int64(input.byte())
            let range = start..<start + Int64(input.byte() % 16)
            set.insert(range)
            bytes.formUnion(Array(range))
            require(set.count == bytes.count, "\(set.ranges), but \(bytes.sorted())")
        }
        for (range, next) in zip(set.ranges, set.ranges.dropFirst()) {
            require(range.upperBound < next.lowerBound && !range.isEmpty, "\(set.ranges)")
        }
        require(set.covers(Int64(bytes.count)) == (bytes == Set(0..<Int64(bytes.count))), "\(set.ranges)")
    }

    /// The lines of a log: each download is told once, as one line, and its bytes are those of its lines.
    private static func log(_ bytes: [UInt8]) {
        Self.file.write(bytes)
        var reader = LogReader(FileDescriptor(rawValue: Self.file.descriptor))
        var lines: [[UInt8]] = []
        do {
            while let line = try reader.next() {
                guard case .complete(let line) = line else { return require(false, "a line is too long") }
                lines.append(Array(line))
            }
        } catch { require(false, "\(error)") }
        lines.append(Array(reader.takeRest()))
        require(lines == bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map(Array.init), "\(lines)")

        var told: Set<ObjectIdentifier> = []
        var downloads: [JoinedDownload] = []
        let join = DownloadJoin(window: 600) { download in
            require(told.insert(ObjectIdentifier(download)).inserted, "\(download.key) is told twice")
            downloads.append(download)
        }
        var decisions = 0
        for line in lines {
            guard let line = try? LogLine(line[...]) else { continue }
            if case .decision(let decision) = line {
                decisions += 1
                for range in decision.ranges ?? [] { require(range.lowerBound >= 0 && !range.isEmpty, "\(range)") }
            }
            if let time = line.time { join.advance(to: time) }
            join.add(line)
        }
        join.finish()
        require(downloads.reduce(0) { $0 + $1.requests } == decisions, "\(downloads.count) downloads of \(decisions)")
        for download in downloads {
            require(download.received.count >= 0 && download.requests > 0, "\(download.key)")
            require(download.completed == nil || download.size != nil, "\(download.key) has no size")
            if download.completed != nil, let size = download.size, size > 0 {
                require(download.received.covers(size), "\(download.received.ranges) of \(download.key)")
            }
            Self.output(download)
        }
    }

    private static func output(_ download: JoinedDownload) {
        for output in [DownloadOutput.table, .json] {
            let line = output.line(download)
            require(line.hasSuffix("\n") && isOneLine(String(line.dropLast())), line)
        }
        let json = JSONText(Array(DownloadOutput.json.line(download).utf8)[...])
        require(json?["file"]?.text == download.key.file && json?["requests"]?.count != nil, "\(download.key)")
        let csv = DownloadOutput.csv.line(download)
        require(csv.hasSuffix("\r\n") && csv.utf8.count { $0 == UInt8(ascii: "\"") }.isMultiple(of: 2), csv)
    }
}
