import Glibc
import Testing

/// FastCGI connections between the tests and the program, without a web server.
@Suite(.collectingProgramLogs, .showingProgramLogs)
struct ConnectionTests {
    @Test("Twenty requests share one kept-alive connection, with bodies read and unread")
    func keptAlive() throws {
        let program = try RunningProgram.listening()
        let client = try program.client()
        for number in 1...20 {
            let body = Array("body \(number)".utf8)
            let id = UInt16(number)
            switch number % 4 {
            case 0:
                let answer = try client.exchange("POST", "/echo", body: body, id: id, keepConnection: true)
                #expect(Bytes(answer.body) == Bytes(body))
            case 1:
                // The handler does not read the body.
                let answer = try client.exchange("POST", "/ready", body: body, id: id, keepConnection: true)
                #expect(answer.text == "ready")
            case 2:
                let answer = try client.exchange("GET", "/file/plain.txt", id: id, keepConnection: true)
                #expect(answer.body == Corpus.content(of: "plain.txt"))
            default:
                let answer = try client.exchange("GET", "/throw", id: id, keepConnection: true)
                #expect(answer.status == 500)
            }
        }
        #expect(try program.stop() == .exited(0))
    }

    @Test("A connection without FCGI_KEEP_CONN is closed after the response")
    func notKept() throws {
        let program = try RunningProgram.listening()
        let client = try program.client()
        #expect(try client.exchange("GET", "/ready").text == "ready")
        #expect(try client.socket.receive().isEmpty)
        #expect(try program.stop() == .exited(0))
    }

    @Test("An abort after the last byte of a response over TCP does not shorten it")
    func abortAfterResponse() throws {
        let root = try Workspace.shared.makeDirectory("files")
        let content = Array(Corpus.large.content.prefix(1 << 18))
        try Files.write(content, to: "\(root)/part.bin".utf8)
        let program = try RunningProgram.listening(
            on: .loopback(port: try Address.freePort()), ["SENDFILE_ROOT": root])
        let client = try program.client()
        // The kernel holds nearly all of the response for the program until the client reads.
        var size: Int32 = 4096
        setsockopt(client.socket.descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        let before = try program.statistics.bytesWritten
        try client.begin("GET", "/file/part.bin", contentLength: 0)
        try client.endInput()
        try Deadline.wait("the program has written the response") {
            try program.statistics.bytesWritten >= before + content.count
        }
        // As HAProxy does when it stops.
        try client.socket.send(FastCGIClient.record(.abortRequest, []))
        let answer = try client.receiveAnswer()
        #expect(Bytes(answer.body) == Bytes(content))
        #expect(try client.socket.receive().isEmpty)
        #expect(try program.stop() == .exited(0))
    }

    @Test("A stream has the bytes of the file and no sendfile field")
    func stream() throws {
        let program = try RunningProgram.listening()
        let answer = try program.client().exchange("GET", "/file/\(Corpus.large.name)")
        #expect(Bytes(answer.body) == Bytes(Corpus.large.content))
        #expect(answer.field("Content-Length") == String(Corpus.large.content.count))
        for (name, _) in answer.fields {
            #expect(!name.lowercased().hasPrefix("x-"), "\(name)")
        }
        #expect(try program.stop() == .exited(0))
    }

    @Test("Silent and incomplete connections do not delay others")
    func manyConnections() throws {
        let program = try RunningProgram.listening()
        let silent = try (0..<64).map { _ in try program.client() }
        for client in silent[..<32] { try client.begin("POST", "/hold", contentLength: 1) }
        for _ in 0..<10 { #expect(try program.client().exchange("GET", "/ready").text == "ready") }
        for client in silent[..<32] {
            try client.sendInput([1])
            try client.endInput()
            #expect(try client.receiveAnswer().text == "begun and ended after 1 bytes")
        }
        #expect(try program.stop() == .exited(0))
    }
}
