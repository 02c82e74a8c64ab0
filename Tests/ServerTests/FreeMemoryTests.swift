import Glibc
import Testing

extension ServerTests {
    /// The memory that a program holds after a busy moment.
    @Suite(.enabled(if: !Sanitizer.isPresent, "a sanitizer replaces the allocator and keeps freed memory"))
    struct FreeMemoryTests {
        @Test("A program returns free memory to the kernel")
        func large() throws {
            // In one arena that keeps all of its memory, so that only the program itself returns any.
            let program = try RunningProgram.listening([
                "FASTCGI_WORKERS": "4", "FASTCGI_SPARE_WORKERS": "0", "MALLOC_ARENA_MAX": "1",
                "MALLOC_TRIM_THRESHOLD_": "1000000000",
                "MALLOC_MMAP_THRESHOLD_": "33554432",
            ])
            #expect(try program.client().exchange("GET", "/ready").text == "ready")
            let (before, peak) = (try program.statistics.privateMemory, try program.statistics.peakMemory)
            for _ in 0..<2 {
                let body = [UInt8](repeating: 1, count: 3 << 20)
                let load = Load(clients: 8, requests: 32) { number in
                    guard try program.client().exchange("POST", "/echo", body: body).body == body else {
                        throw Failure("\(number)")
                    }
                }
                try load.finish()
                #expect(try program.statistics.peakMemory > peak + 8 << 20)
                try Deadline.wait("the memory returns to the kernel") {
                    try program.statistics.privateMemory < before + 2 << 20
                }
            }
            #expect(try program.stop() == .exited(0))
        }

        @Test("Threads that replace blocked workers share the arenas of others")
        func arenas() throws {
            let program = try RunningProgram.listening(["FASTCGI_WORKERS": "2", "FASTCGI_SPARE_WORKERS": "60"])
            let blocked = try (0..<50).map { _ in
                let client = try program.client()
                try client.begin("GET", "/block/5000", contentLength: 0)
                try client.endInput()
                return client
            }
            #expect(try program.client().exchange("GET", "/ready").text == "ready")
            try Deadline.wait("blocked workers are replaced") { try program.statistics.threads > 40 }
            let threads = try program.statistics.threads
            let arenas = try program.statistics.arenas
            print("\(threads) threads, \(arenas) arenas")
            // One for each worker, one for each processor, and four.
            #expect(arenas > 1 && arenas <= 2 + sysconf(Int32(_SC_NPROCESSORS_ONLN)) + 4)
            for client in blocked { #expect(try client.receiveAnswer().status == 200) }
            #expect(try program.stop() == .exited(0))
        }
    }
}
