import Glibc
import Sendfile

/// The results of the requests of a soak, and what its programs hold, as a series of samples.
final class SoakRecord: Sendable {
    /// The state at one moment.
    struct Sample {
        var seconds = 0.0
        /// All requests until then.
        var requests = 0
        /// Requests per second since the last sample.
        var rate = 0.0
        /// The latencies since the last sample, in milliseconds. Slow and abandoned requests are not among them.
        var median = 0.0
        var p99 = 0.0
        /// The requests without the right response, until then.
        var lost = 0
        /// The memory of the program that is never restarted, in bytes: all, and that of its own.
        var memory = 0
        var privateMemory = 0
        var openFiles = 0
        var threads = 0
    }

    private struct State {
        var requests = 0
        var last = (seconds: 0.0, requests: 0)
        /// Requests by the logarithm of their latency, in steps of a twentieth of a power of two.
        var latencies = [Int](repeating: 0, count: 600)
        var lost: [String: Int] = [:]
        var samples: [Sample] = []
    }

    private let state = Locked(State())
    private let start = ContinuousClock.now

    var lost: [String: Int] { self.state.withLock { $0.lost } }
    var requests: Int { self.state.withLock { $0.requests } }
    var samples: [Sample] { self.state.withLock { $0.samples } }

    /// Sends a request, and notes its end.
    ///
    /// - Parameter kind: The kind of request. Kinds below 4 are slow by intention.
    func note(kind: Int, of site: String, _ request: () throws -> Void) {
        let start = ContinuousClock.now
        var failure: String?
        do { try request() } catch { failure = "\(site), kind \(kind): \(error)" }
        let microseconds = Double((ContinuousClock.now - start) / .microseconds(1))
        self.state.withLock { state in
            state.requests += 1
            if kind > 3 { state.latencies[min(599, max(0, Int(20 * log2(max(1, microseconds)))))] += 1 }
            if let failure { state.lost[failure, default: 0] += 1 }
        }
    }

    /// Adds small requests on connections that stay open, whose latencies are not among those of the others.
    func add(_ requests: Int, lost: [String: Int]) {
        self.state.withLock { state in
            state.requests += requests
            for (fault, count) in lost { state.lost["small requests: \(fault)", default: 0] += count }
        }
    }

    /// Adds a sample, and prints it.
    func sample(_ program: ProcessStatistics) throws {
        let seconds = Double((ContinuousClock.now - self.start) / .milliseconds(1)) / 1000
        let (memory, own) = (try program.memory, try program.privateMemory)
        let (files, threads) = (try program.openFiles, try program.threads)
        let sample = self.state.withLock { state in
            let requests = state.requests - state.last.requests
            let sample = Sample(
                seconds: seconds, requests: state.requests,
                rate: Double(requests) / max(0.001, seconds - state.last.seconds),
                median: Self.quantile(0.5, of: state.latencies), p99: Self.quantile(0.99, of: state.latencies),
                lost: state.lost.values.reduce(0, +), memory: memory, privateMemory: own, openFiles: files,
                threads: threads)
            state.last = (seconds, state.requests)
            state.latencies = [Int](repeating: 0, count: 600)
            state.samples.append(sample)
            return sample
        }
        print(sample)
        fflush(nil)
    }

    private static func quantile(_ part: Double, of latencies: [Int]) -> Double {
        let total = latencies.reduce(0, +)
        var sum = 0
        for (index, count) in latencies.enumerated() {
            sum += count
            if Double(sum) >= part * Double(total) { return exp2(Double(index) / 20) / 1000 }
        }
        return 0
    }
}

extension SoakRecord.Sample: CustomStringConvertible {
    var description: String {
        func number(_ value: Double, _ digits: Int) -> String { String(fixed: value, digits: digits) }
        func mebibytes(_ bytes: Int) -> String { number(Double(bytes) / Double(1 << 20), 2) }
        return
            "\(number(self.seconds, 0)) s: \(self.requests) requests, \(number(self.rate, 0))/s, "
            + "p50 \(number(self.median, 1)) ms, p99 \(number(self.p99, 1)) ms, \(self.lost) lost, "
            + "memory \(mebibytes(self.memory)) MiB (own: \(mebibytes(self.privateMemory))), "
            + "\(self.openFiles) files, \(self.threads) threads"
    }
}

extension String {
    /// A decimal number with this many digits after the point.
    init(fixed value: Double, digits: Int) {
        let scale = pow(10, Double(digits))
        let rounded = Int((value * scale).rounded())
        guard digits > 0 else {
            self = "\(rounded)"
            return
        }
        let fraction = String(abs(rounded % Int(scale)))
        self = "\(rounded / Int(scale)).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }
}
