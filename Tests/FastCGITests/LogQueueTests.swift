import Glibc
import Logging
import Sendfile
import Synchronization
import Testing

@testable import FastCGI

/// The queue between threads that log and a log that may not take its lines.
@Suite struct LogQueueTests {
    /// A log that blocks until its gate opens.
    private final class BlockedSink: LogSink {
        private let isOpen = Atomic<Bool>(false)
        private let isBlocked = Atomic<Bool>(false)
        private let bytes = Locked<[UInt8]>([])

        var text: String { String(decoding: self.bytes.withLock { $0 }, as: UTF8.self) }
        var blocks: Bool { self.isBlocked.load(ordering: .acquiring) }

        func open() { self.isOpen.store(true, ordering: .releasing) }

        func write(_ pieces: [[UInt8]]) {
            while !self.isOpen.load(ordering: .acquiring) {
                self.isBlocked.store(true, ordering: .releasing)
                usleep(1000)
            }
            self.bytes.withLock { $0 += pieces.joined() }
        }
    }

    @Test("A log that blocks delays no caller, and loses only the lines that exceed the queue")
    func blockedLog() async throws {
        let sink = BlockedSink()
        let queue = LogQueue(limit: 1000, sink: sink)
        let line = { (number: Int) in Array("line \(1000 + number)\n".utf8) }
        #expect(queue.append(line(0)))
        try await RunningServer.wait { sink.blocks }
        let accepted = (1...200).filter { queue.append(line($0)) }
        // Ten bytes each.
        #expect(accepted == Array(1...100))
        #expect(!queue.flush(upTo: .milliseconds(20)))
        sink.open()
        #expect(queue.flush(upTo: .seconds(60)))
        #expect(sink.text == ([0] + accepted).map { "line \(1000 + $0)\n" }.joined())
        #expect(queue.append(line(300)))
        await queue.flushed(upTo: .seconds(60))
        #expect(sink.text.hasSuffix("line 1300\n"))
    }

    @Test("A backlog of many pieces is written once, in its order") func backlog() async throws {
        let sink = BlockedSink()
        let queue = LogQueue(limit: 1 << 20, sink: sink)
        let lines = [10, 70_000, 1, 65_536, 65_537, 30_000, 40_000, 200, 65_000, 900].enumerated().map { number, size in
            [UInt8](repeating: UInt8(ascii: "a") + UInt8(number), count: size) + [UInt8(ascii: "\n")]
        }
        #expect(queue.append(lines[0]))
        try await RunningServer.wait { sink.blocks }
        for line in lines.dropFirst() { #expect(queue.append(line)) }
        sink.open()
        #expect(queue.flush(upTo: .seconds(60)))
        #expect(sink.text == String(decoding: lines.joined(), as: UTF8.self))
    }

    @Test("Lines of many threads are written once each, and those of one thread in their order")
    func manyThreads() async throws {
        let sink = BlockedSink()
        sink.open()
        let queue = LogQueue(limit: 1 << 20, sink: sink)
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<4 {
                group.addTask {
                    for number in 0..<1000 { #expect(queue.append(Array("\(thread) \(number)\n".utf8))) }
                }
            }
        }
        #expect(queue.flush(upTo: .seconds(60)))
        let lines = sink.text.split(separator: "\n")
        #expect(lines.count == 4000)
        for thread in 0..<4 {
            #expect(lines.filter { $0.hasPrefix("\(thread) ") } == (0..<1000).map { "\(thread) \($0)" })
        }
    }

    @Test("A pipe that is not read delays no caller, and its log says how many lines it has lost")
    func fullPipe() throws {
        var ends: [Int32] = [-1, -1]
        #expect(pipe(&ends) == 0)
        defer { for end in ends { close(end) } }
        let output = LogOutput(ends[1])
        let logger = Logger(label: "store") { FastCGILogHandler(label: $0, output: output) }
        let text = String(repeating: "x", count: 900)
        let count = 2000
        for number in 0..<count { logger.info("\(10_000 + number) \(text)") }
        let lost = output.lost.load(ordering: .relaxed)
        #expect(lost > 500)

        var read: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while !String(decoding: read.suffix(200), as: UTF8.self).contains("lines lost so far: \(lost)\n") {
            var more = pollfd(fd: ends[0], events: Int16(POLLIN), revents: 0)
            guard poll(&more, 1, 60_000) == 1 else { throw Peer.Failure(description: "the log says nothing more") }
            read += buffer[..<Glibc.read(ends[0], &buffer, buffer.count)]
        }
        #expect(output.flush(upTo: .seconds(60)))
        let lines = read.split(separator: UInt8(ascii: "\n")).map { String(decoding: $0, as: UTF8.self) }
        #expect(lines.count == count - lost + 1)
        #expect(lines.last?.contains("warning FastCGI: this log did not take its lines") == true)
        // The first lines are there, without a gap, and none is cut.
        for (number, line) in lines.dropLast().enumerated() {
            #expect(line.hasSuffix("info store: \(10_000 + number) \(text)"))
        }
    }

    @Test("Several lines are one write of whole lines, which a pipe does not mix with others")
    func atomicWrites() throws {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_SEQPACKET.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let output = LogOutput(ends[1])
        let lines = [10, 3000, 1085, 2, 5000, 7, 4096].map { [UInt8](repeating: 120, count: $0 - 1) + [10] }
        output.write([lines.flatMap { $0 }])
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let sizes = (0..<5).map { _ in Glibc.read(ends[0], &buffer, buffer.count) }
        #expect(sizes == [4095, 2, 5000, 7, 4096] || sizes == [4095, 2 + 5000, 7, 4096], "\(sizes)")
    }

    @Test("A critical message is written when the call returns")
    func criticalMessage() throws {
        var ends: [Int32] = [-1, -1]
        #expect(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let output = LogOutput(ends[1])
        Logger(label: "store") { FastCGILogHandler(label: $0, output: output) }.critical("the end")
        var buffer = [UInt8](repeating: 0, count: 1000)
        let count = recv(ends[0], &buffer, buffer.count, Int32(MSG_DONTWAIT))
        #expect(String(decoding: buffer[..<max(0, count)], as: UTF8.self).hasSuffix("critical store: the end\n"))
    }
}
