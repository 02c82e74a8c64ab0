import Glibc
import Sendfile
import Testing

/// A program that exits after a number of requests, on a socket that the next one inherits.
@Suite struct ProgramRequestLimitTests {
    @Test(
        "A program under load answers exactly its number of requests, and the next program answers the rest",
        arguments: [1, 7, 100])
    func exact(limit: Int) throws {
        let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("limit"))/program.sock")
        let listener = try address.listen()
        defer { close(listener) }
        let first = try RunningProgram.activated(on: listener, address, ["FASTCGI_REQUESTS": String(limit)])

        let answers = Locked<[String: Int]>([:])
        let load = Load(clients: 8, requests: limit + 200) { _ in
            let answer = try FastCGIClient(address).exchange("GET", "/pid")
            guard answer.status == 200, answer.protocolStatus == 0 else { throw Failure("\(answer)") }
            answers.withLock { $0[answer.text, default: 0] += 1 }
        }
        #expect(try first.process.waitForEnd() == .exited(0))
        let second = try RunningProgram.activated(on: listener, address)
        try load.finish()

        let (fromFirst, fromSecond) = answers.withLock {
            ($0[String(first.process.pid)], $0[String(second.process.pid)])
        }
        #expect(fromFirst == limit)
        #expect(fromSecond == 200)
        #expect(try second.stop() == .exited(0))
    }

    @Test("Every request that has begun on a kept connection is answered, and no more begin")
    func kept() throws {
        let address = Address.unix(path: "\(try Workspace.shared.makeDirectory("limit"))/program.sock")
        let listener = try address.listen()
        defer { close(listener) }
        let first = try RunningProgram.activated(on: listener, address, ["FASTCGI_REQUESTS": "100"])

        let connections = Locked([FastCGIClient?](repeating: nil, count: 8))
        let answers = Locked<[String: Int]>([:])
        // Each client uses its connection as long as it is kept, and then opens a new one, as web servers do.
        let load = Load(clients: 8, requests: 300) { number in
            var kept = connections.withLock { $0.popLast() ?? nil }
            var answer = try kept.flatMap { try Self.ask(on: $0) }
            if answer == nil {
                let connection = try FastCGIClient(address)
                kept = connection
                answer = try connection.exchange("GET", "/pid", keepConnection: true)
            }
            guard let answer, answer.status == 200, answer.protocolStatus == 0 else {
                throw Failure("request \(number): \(String(describing: answer))")
            }
            connections.withLock { $0.append(kept) }
            answers.withLock { $0[answer.text, default: 0] += 1 }
        }
        #expect(try first.process.waitForEnd() == .exited(0))
        let second = try RunningProgram.activated(on: listener, address)
        try load.finish()
        #expect(answers.withLock { $0[String(first.process.pid)] } == 100)
        #expect(answers.withLock { $0[String(second.process.pid)] } == 200)
        #expect(try second.stop() == .exited(0))
    }

    /// Sends a request on a connection that the program may have closed; returns `nil` if no byte was received.
    private static func ask(on connection: FastCGIClient) throws -> FastCGIAnswer? {
        do {
            try connection.begin("GET", "/pid", contentLength: 0, keepConnection: true)
            try connection.endInput()
        } catch { return nil }
        guard let first = try? connection.receive() else { return nil }
        var answer = try connection.receiveAnswer()
        answer.output = first.content + answer.output
        return answer
    }
}
