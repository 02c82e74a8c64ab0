import Glibc
import Testing

/// What a server leaves alone in the process in which it runs.
@Suite struct ProcessTests {
    @Test("Parameters never enter the process environment")
    func environment() throws {
        let program = try RunningProgram.listening()
        let client = try program.client()
        let parameters = [
            "HTTP_PROXY": "http://proxy.example", "SENDFILE_URL": "/x/", "LD_PRELOAD": "/tmp/x.so", "A": "b",
        ]
        let before = try client.exchange("GET", "/environment", keepConnection: true).text
        let during = try client.exchange("GET", "/environment", parameters: parameters, keepConnection: true).text
        #expect(before.contains("FASTCGI_LISTEN="))
        #expect(during == before)
        #expect(try program.client().exchange("GET", "/environment").text == before)
        #expect(try program.stop() == .exited(0))
    }

    @Test("The program's signal handlers stay, and the signals come to them")
    func signals() throws {
        let program = try RunningProgram.listening(["MAIN": "own-signals"])
        #expect(try program.client().exchange("GET", "/signals").text == "own own own")
        // The thread sanitizer's own machinery fails when a handler runs on a thread that waits.
        for signal in [SIGUSR1, SIGTERM, SIGPIPE] where !Sanitizer.isPresent { program.process.signal(signal) }
        #expect(try program.client().exchange("GET", "/signals").text == "own own own")
        program.process.signal(SIGKILL)
        #expect(try program.process.waitForEnd() == .killed(signal: SIGKILL))
    }

    @Test("A client that goes away in the middle of a response does not end a program without a handler of SIGPIPE")
    func brokenPipe() throws {
        let program = try RunningProgram.listening()
        for _ in 0..<20 {
            let client = try program.client()
            try client.begin("GET", "/file/\(Corpus.large.name)", contentLength: 0)
            try client.endInput()
            _ = try client.receive()
        }
        #expect(try program.client().exchange("GET", "/ready").text == "ready")
        #expect(try program.stop() == .exited(0))
    }
}
