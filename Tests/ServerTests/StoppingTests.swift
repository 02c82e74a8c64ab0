import Glibc
import Testing

/// How the program ends, and that nothing is lost.
@Suite(.collectingProgramLogs, .showingProgramLogs)
struct StoppingTests {
    @Test("A signal ends an idle program at once with status 0", arguments: [SIGTERM, SIGINT, SIGUSR1])
    func idle(signal: Int32) throws {
        let program = try RunningProgram.listening()
        // An idle kept-alive connection does not hold it up.
        let client = try program.client()
        #expect(try client.exchange("GET", "/ready", keepConnection: true).text == "ready")

        let start = ContinuousClock.now
        program.process.signal(signal)
        #expect(try program.process.waitForEnd() == .exited(0))
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(try client.socket.receive().isEmpty)
    }

    @Test("SIGTERM lets a request that has begun come to its end")
    func busy() throws {
        let program = try RunningProgram.listening()
        let client = try program.client()
        let body = [UInt8](repeating: 1, count: 500_000)
        try client.begin("POST", "/hold", contentLength: body.count, keepConnection: true)
        let begun = try client.receive()
        #expect(begun.type == .output)

        program.process.signal(SIGTERM)
        // It takes no new connections any more: the signal has arrived.
        let deadline = time(nil) + Socket.patience
        while (try? program.client()) != nil, time(nil) < deadline { usleep(5_000) }

        try client.sendInput(body)
        try client.endInput()
        var answer = try client.receiveAnswer()
        answer.output = begun.content + answer.output
        #expect(answer.status ?? 200 == 200)
        #expect(answer.text == "begun and ended after \(body.count) bytes")
        #expect(answer.protocolStatus == 0)
        #expect(try program.process.waitForEnd() == .exited(0))
    }
}
