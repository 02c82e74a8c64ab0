import Glibc
import Sendfile
import Testing

extension ServerTests {
    /// The server between random peers and a kernel whose calls fail or do a part of their work.
    ///
    /// `UNRELIABLE_SEEDS=N`: this many seeds for each kind of faults. `UNRELIABLE_SEED=N`: only this one, again.
    @Suite(
        .serialized, .collectingProgramLogs, .showingProgramLogs,
        .disabled(if: Sanitizer.isPresent, "a sanitizer replaces the same system calls"))
    struct UnreliableKernelTests {
        /// The connections for each seed.
        private static let connections = 250

        private static func number(_ name: String) -> UInt64? { getenv(name).flatMap { UInt64(String(cString: $0)) } }

        private static var seeds: [UInt64] {
            if let seed = Self.number("UNRELIABLE_SEED") { return [seed] }
            return Array(1...(Self.number("UNRELIABLE_SEEDS") ?? 10))
        }

        /// One worker, and as many as a program has by default.
        private static let workers = [["FASTCGI_WORKERS": "1"], [:]]

        /// The ends of all exchanges, and the faults that happened.
        private struct Outcome {
            var ends: [RandomPeer.End: Int] = [:]
            var faults: [UnreliableKernel.Fault: Int] = [:]

            mutating func add(_ other: Outcome) {
                self.ends.merge(other.ends) { $0 + $1 }
                self.faults.merge(other.faults) { $0 + $1 }
            }
        }

        @Test(
            "Under faults that lose no connection, each request gets the right response, and nothing is left",
            arguments: workers)
        func harmless(_ workers: [String: String]) throws {
            let outcome = try Self.run(workers, UnreliableKernel.harmless)
            #expect(Set(outcome.ends.keys) == [.answered, .givenUp], "\(outcome)")
        }

        @Test(
            "Under every fault, no response is wrong, none is missing without an end, and nothing is left",
            arguments: workers)
        func all(_ workers: [String: String]) throws {
            let outcome = try Self.run(workers, Set(UnreliableKernel.Fault.allCases))
            // Each end occurs, so the faults reach the requests.
            #expect(Set(outcome.ends.keys) == [.answered, .givenUp, .lost, .refused], "\(outcome)")
        }

        private static func run(
            _ workers: [String: String], _ faults: Set<UnreliableKernel.Fault>
        ) throws -> Outcome {
            var outcome = Outcome()
            for seed in Self.seeds { outcome.add(try Self.run(seed, workers, faults)) }
            #expect(faults.allSatisfy { outcome.faults[$0, default: 0] > 0 }, "\(outcome)")
            return outcome
        }

        /// The connections, files and pipes that a program has open. Swift's timers open other descriptors when they are first
        /// used, and keep them; each worker has two files of its own.
        private static func held(by program: RunningProgram) throws -> [String] {
            let directory = "/proc/\(program.process.pid)/fd"
            return try Files.names(in: directory).compactMap { name in
                var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
                let length = readlink("\(directory)/\(name)", &buffer, buffer.count)
                let target = String(decoding: buffer[..<max(0, length)], as: UTF8.self)
                return ["anon_inode:", "/memfd:", "/proc/"].contains(where: target.hasPrefix) ? nil : target
            }
        }

        /// Runs the peers of a seed against a new program, and then expects that nothing of them is left.
        private static func run(
            _ seed: UInt64, _ workers: [String: String], _ faults: Set<UnreliableKernel.Fault>
        ) throws -> Outcome {
            let kernel = try UnreliableKernel(seed: seed)
            let program = try RunningProgram.listening(kernel.environment.merging(workers) { $1 })
            #expect(try program.client().exchange("GET", "/file/plain.txt").status == 200)
            let before = try Self.held(by: program)
            try kernel.allow(faults)
            let ends = Locked<[RandomPeer.End: Int]>([:])
            let load = Load(clients: 4, requests: Self.connections) { number in
                var peer = RandomPeer(program.address, seed: seed &* 0x1_0000 &+ UInt64(number))
                do {
                    let end = try peer.act()
                    ends.withLock { $0[end, default: 0] += 1 }
                } catch {
                    throw Failure("UNRELIABLE_SEED=\(seed), connection \(number): \(error)")
                }
            }
            try load.finish()
            try kernel.allow([])
            try Deadline.wait("seed \(seed): no connection and no file is left") {
                try Self.held(by: program).count <= before.count
            }
            let last = try program.client().exchange("GET", "/file/plain.txt")
            #expect(last.body == Corpus.content(of: "plain.txt"))
            #expect(try program.stop() == .exited(0), "seed \(seed)")
            var outcome = Outcome(ends: ends.withLock { $0 })
            for fault in faults { outcome.faults[fault] = try kernel.count(of: fault) }
            return outcome
        }
    }
}
