import Glibc
import Testing

/// Stopping the program without losing requests.
@Suite(.collectingProgramLogs, .showingProgramLogs)
struct ProgramStoppingTests {
    @Test("A signal ends an idle program at once with status 0", arguments: [SIGTERM, SIGINT, SIGUSR1, SIGHUP])
    func idle(signal: Int32) throws {
        let program = try RunningProgram.listening()
        // An idle kept-alive connection does not delay the exit.
        let client = try program.client()
        #expect(try client.exchange("GET", "/ready", keepConnection: true).text == "ready")

        let start = ContinuousClock.now
        program.process.signal(signal)
        #expect(try program.process.waitForEnd() == .exited(0))
        #expect(ContinuousClock.now - start < .seconds(5))
        #expect(try client.socket.receive().isEmpty)
    }

    @Test("A program that nohup(1) starts does not stop after SIGHUP") func ignoredHangup() throws {
        let program = try RunningProgram.listening(wrapper: ["nohup"])
        program.process.signal(SIGHUP)
        for _ in 0..<3 { #expect(try program.client().exchange("GET", "/ready").text == "ready") }
        #expect(try program.stop() == .exited(0))
    }

    @Test("A running request is completed after SIGTERM")
    func busy() throws {
        let program = try RunningProgram.listening()
        let client = try program.client()
        let body = [UInt8](repeating: 1, count: 500_000)
        try client.begin("POST", "/hold", contentLength: body.count, keepConnection: true)
        let begun = try client.receive()
        #expect(begun.type == .output)

        program.process.signal(SIGTERM)
        // The program accepts no new connections: the signal has arrived.
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
