import Glibc
import Testing

/// The limits on open files and on file size.
@Suite struct OpenFilesTests {
    @Test("The soft limit is raised to the hard limit at start")
    func raised() throws {
        let program = try RunningProgram.listening(wrapper: ["sh", "-c", "ulimit -S -n 100 && exec \"$0\""])
        let limits = try program.statistics.openFileLimits
        #expect(limits.soft == limits.hard)
        #expect(limits.soft != "100")
        #expect(try program.stop() == .exited(0))
    }

    @Test(
        "A program without free descriptors serves its connections, and accepts others as soon as one is free",
        arguments: [1, 4])
    func exhausted(workers: Int) throws {
        let program = try RunningProgram.listening(["FASTCGI_WORKERS": String(workers)])
        let first = try program.client()
        #expect(try first.exchange("GET", "/ready", keepConnection: true).text == "ready")
        try OpenFiles.limit(program.process.pid, to: try program.statistics.openFileLimit(leaving: 10))

        var clients: [FastCGIClient] = []
        if workers == 1 {
            // The program accepts ten connections, which takes all descriptors. After each, the worker checks for
            // another pending connection; reaching the limit matters only if one is pending. (With several workers, one
            // may need the last descriptor while another only checks.)
            clients = try (0..<10).map { _ in try program.client() }
            for client in clients {
                #expect(try client.exchange("GET", "/ready", keepConnection: true).text == "ready")
            }
            #expect(try first.exchange("GET", "/ready", keepConnection: true).text == "ready")
            #expect(!(try Files.text(program.process.log).contains("accept4")))
        }

        // At most ten are accepted; the others wait in the kernel's queue.
        clients += try (clients.count..<50).map { _ in try program.client() }
        for client in clients {
            try client.begin("GET", "/ready", contentLength: 0, keepConnection: true)
            try client.endInput()
        }
        try program.waitForLog("accept4: Too many open files")
        #expect(try first.exchange("GET", "/ready", keepConnection: true).text == "ready")
        // Each closed connection makes room for one of them.
        while !clients.isEmpty { #expect(try clients.removeFirst().receiveAnswer().text == "ready") }
        #expect(try program.client().exchange("GET", "/ready").text == "ready")

        // A pause is logged occasionally, not once per connection.
        let lines = try Files.text(program.process.log).split(separator: "\n")
        #expect(lines.count { $0.contains("no connections are accepted") } < 10)
        #expect(try program.stop() == .exited(0))
    }

    @Test("Without free descriptors, a blocked worker keeps its seat, and requests wait")
    func blockedWorker() throws {
        let program = try RunningProgram.listening(
            Sanitizer.environmentWithoutLeaks.merging(["FASTCGI_WORKERS": "1"]) { $1 })
        let (client, other) = (try program.client(), try program.client())
        for client in [client, other] {
            #expect(try client.exchange("GET", "/ready", keepConnection: true).text == "ready")
        }
        try OpenFiles.limit(program.process.pid, to: try program.statistics.openFileLimit(leaving: 0))
        // A worker that computes is not blocked, which the monitor sees without a free descriptor.
        let line = "a blocked worker cannot be replaced: memfd_create failed: Too many open files"
        #expect(try client.exchange("GET", "/compute/300", keepConnection: true).text == "computed")
        #expect(try client.exchange("GET", "/ready", keepConnection: true).text == "ready")
        #expect(!(try Files.text(program.process.log).contains(line)))

        try client.begin("GET", "/block/300", contentLength: 0, keepConnection: true)
        try client.endInput()
        #expect(try other.exchange("GET", "/ready", keepConnection: true).text == "ready")
        #expect(try client.receiveAnswer().text == "blocked")
        try program.waitForLog(line)
        #expect(try program.stop() == .exited(0))
    }

    @Test(
        "A program that can write only small files still reads larger requests",
        .disabled(if: Sanitizer.isThread, "the thread sanitizer needs a large file of its own at the start"))
    func smallFiles() throws {
        // The limit is not zero, because the log is a file. The signal at the limit ends a program that does not ignore
        // it.
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
        // One pipe end per worker may remain open.
        #expect(try program.statistics.openFiles <= files + program.statistics.threads)
        #expect(try program.stop() == .exited(0))
    }
}
