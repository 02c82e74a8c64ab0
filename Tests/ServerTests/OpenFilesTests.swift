import Glibc
import Testing

/// The limits of open files and of a file's size, and what happens when they are reached.
@Suite struct OpenFilesTests {
    @Test("The soft limit is raised to the hard one at the start")
    func raised() throws {
        let program = try RunningProgram.listening(wrapper: ["sh", "-c", "ulimit -S -n 100 && exec \"$0\""])
        let limits = try program.statistics.openFileLimits
        #expect(limits.soft == limits.hard)
        #expect(limits.soft != "100")
        #expect(try program.stop() == .exited(0))
    }

    @Test(
        "A program without a descriptor left serves whom it has, and the others as soon as one is free",
        arguments: [1, 4])
    func exhausted(workers: Int) throws {
        let program = try RunningProgram.listening(["FASTCGI_WORKERS": String(workers)])
        let first = try program.client()
        #expect(try first.exchange("GET", "/ready", keepConnection: true).text == "ready")
        try OpenFiles.limit(program.process.pid, to: try program.statistics.openFileLimit(leaving: 10))

        var clients: [FastCGIClient] = []
        if workers == 1 {
            // Ten are accepted, and keep their descriptors. The worker looks after each whether there are more; as long as nobody
            // waits, nothing is missing. (Of several, one may need the last descriptor while another only
            // looks.)
            clients = try (0..<10).map { _ in try program.client() }
            for client in clients {
                #expect(try client.exchange("GET", "/ready", keepConnection: true).text == "ready")
            }
            #expect(try first.exchange("GET", "/ready", keepConnection: true).text == "ready")
            #expect(!(try Files.text(program.process.log).contains("accept4")))
        }

        // At most ten are accepted; the others wait in the kernel.
        clients += try (clients.count..<50).map { _ in try program.client() }
        for client in clients {
            try client.begin("GET", "/ready", contentLength: 0, keepConnection: true)
            try client.endInput()
        }
        try program.waitForLog("accept4: Too many open files")
        #expect(try first.exchange("GET", "/ready", keepConnection: true).text == "ready")
        // Each that goes makes room for one of them.
        while !clients.isEmpty { #expect(try clients.removeFirst().receiveAnswer().text == "ready") }
        #expect(try program.client().exchange("GET", "/ready").text == "ready")

        // A pause is worth a line now and then, not one for each connection.
        let lines = try Files.text(program.process.log).split(separator: "\n")
        #expect(lines.count { $0.contains("no connections are accepted") } < 10)
        #expect(try program.stop() == .exited(0))
    }

    @Test(
        "A program that may write but small files reads larger requests all the same",
        .disabled(if: Sanitizer.isThread, "the thread sanitizer needs a large file of its own at the start"))
    func smallFiles() throws {
        // Not none at all: its log is a file. The signal that comes with the limit ends a program that does not ignore it.
        let program = try RunningProgram.listening(
            wrapper: ["env", "--default-signal=XFSZ", "prlimit", "--fsize=4096"])
        let client = try program.client()
        let body = (0..<30_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        #expect(try client.exchange("GET", "/ready", keepConnection: true).text == "ready")
        let files = try program.statistics.openFiles
        for _ in 0..<100 {
            #expect(try client.exchange("GET", "/ready", keepConnection: true).text == "ready")
            let echo = try client.exchange("POST", "/echo", body: body, keepConnection: true).body
            #expect(Bytes(echo) == Bytes(body))
        }
        // A pipe's end for each worker may stay.
        #expect(try program.statistics.openFiles <= files + program.statistics.threads)
        #expect(try program.stop() == .exited(0))
    }
}
