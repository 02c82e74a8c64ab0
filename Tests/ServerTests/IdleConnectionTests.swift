import Glibc
import Testing

@Suite struct IdleConnectionTests {
    static let count = 10_000

    @Test(
        "Ten thousand idle kept connections cost no thread and little memory, and do not delay others",
        .enabled(
            if: OpenFiles.most >= UInt(2 * count),
            "20,000 files must be allowed to be open: raise the hard limit (ulimit -H -n)"))
    func idle() throws {
        try OpenFiles.allow(UInt(Self.count) + 1_000)
        let program = try RunningProgram.listening(["FASTCGI_WORKERS": "4"])
        let statistics = program.statistics
        let active = try (0..<4).map { _ in try program.client() }
        for client in active { #expect(try client.exchange("GET", "/ready", keepConnection: true).text == "ready") }
        let (memoryBefore, threadsBefore) = (try statistics.memory, try statistics.threads)
        let privateMemoryBefore = try statistics.privateMemory

        let idle = try (0..<Self.count).map { _ in try program.client() }
        for client in idle { #expect(try client.exchange("GET", "/ready", keepConnection: true).text == "ready") }
        let memory = try statistics.memory
        print(
            "\(memory / 1024) KiB with \(idle.count) idle connections, \((memory - memoryBefore) / idle.count) bytes each"
        )
        // A busy machine may keep a worker waiting in a call, so that a spare worker replaces it: for 10 s, then the spare
        // worker ends. libdispatch ends the threads of the program's start, so fewer threads are correct, too.
        try Deadline.wait("no thread more than before the connections") { try statistics.threads <= threadsBefore }
        if !Sanitizer.isPresent {
            // Only the growth by the connections, because the memory of libraries and loader differs between releases
            // of Debian.
            #expect(try statistics.privateMemory - privateMemoryBefore < 8 << 20)
            // The libraries of a debug build alone need nearly as much.
            #if !DEBUG
                #expect(memory < 24 << 20)
            #endif
        }

        let load = Load(clients: 4, requests: 1_000) { number in
            guard try program.client().exchange("GET", "/ready").text == "ready" else { throw Failure("\(number)") }
        }
        for client in active { #expect(try client.exchange("GET", "/ready").text == "ready") }
        try load.finish()
        // The connections still work.
        for client in idle.prefix(100) { #expect(try client.exchange("GET", "/ready").text == "ready") }
        #expect(try program.stop() == .exited(0))
        for client in idle.suffix(100) { #expect(try client.socket.receive().isEmpty) }
    }
}
