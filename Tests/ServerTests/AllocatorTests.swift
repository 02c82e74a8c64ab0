import Testing

/// Programs whose memory comes from another allocator than glibc's.
@Suite(.disabled(if: Sanitizer.isPresent, "a sanitizer is such an allocator itself")) struct AllocatorTests {
    @Test(
        "A program with another allocator stops without a crash",
        arguments: [[:], ["MALLOC_ARENA_MAX": "4"]])
    func stop(_ settings: [String: String]) throws {
        let library = "libjemalloc.so.2"
        // Threads that end at the same time are a matter of chance.
        for _ in 0..<40 {
            let program = try RunningProgram.listening(settings.merging(["LD_PRELOAD": library]) { $1 })
            #expect(try program.client().exchange("GET", "/file/plain.txt").body == Corpus.content(of: "plain.txt"))
            let maps = try Files.text("/proc/\(program.process.pid)/maps")
            #expect(maps.contains(library))
            #expect(try program.stop() == .exited(0))
        }
    }
}
