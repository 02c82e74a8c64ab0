import Glibc
import Sendfile

/// Clients that download small and large files and send small POST requests through several web servers, while a test lets
/// servers fail. Counts the failures.
final class FailureLoad: Sendable {
    /// The results of the requests through one web server.
    struct Counts: Sendable {
        var downloads = 0
        var posts = 0
        /// Incomplete responses, by the server that sent them. Each download was completed by further requests.
        var cut: [String: Int] = [:]
        /// Downloads that got an error, by the error.
        var failed: [String: Int] = [:]
        var failedPosts: [String: Int] = [:]
        var wrong = 0
        /// How often a download went to the client's next address, because the first one did not respond.
        var moves = 0
    }

    /// Clients that know these addresses, in the order in which they take them.
    struct Clients: Sendable {
        let kind: BalancingServer.Kind
        let addresses: [HTTPClient]
    }

    private let load: Load
    private let counts: Locked<[BalancingServer.Kind: Counts]>
    /// The requests answered since the beginning.
    private let answered: Locked<Int>
    /// The numbers of the running requests, and the highest one so far.
    private let running: Locked<(numbers: Set<Int>, last: Int)>

    /// - Parameters:
    ///   - groups: The groups of clients, which are equally large.
    ///   - clients: The number of all clients.
    init(_ groups: [Clients], clients: Int) throws {
        let counts = Locked<[BalancingServer.Kind: Counts]>([:])
        let running = Locked<(numbers: Set<Int>, last: Int)>(([], 0))
        let answered = Locked(0)
        self.counts = counts
        self.answered = answered
        self.running = running
        let small = (name: "plain.txt", content: Corpus.content(of: "plain.txt"))
        func tag(_ name: String) throws -> String {
            guard let tag = try groups[0].addresses[0].send("HEAD", "/file/\(name)").field("ETag") else {
                throw Failure("no ETag")
            }
            return tag
        }
        let tags = (small: try tag(small.name), large: try tag(Corpus.large.name))
        self.load = Load(clients: clients, requests: 1 << 40) { number in
            running.withLock {
                $0.numbers.insert(number)
                $0.last = max($0.last, number)
            }
            defer { running.withLock { _ = $0.numbers.remove(number) } }
            let kind = groups[number % groups.count].kind
            let addresses = groups[number % groups.count].addresses
            let turn = number / groups.count % 8
            if turn == 4 {
                let error = Self.post(to: addresses)
                if error == nil { answered.withLock { $0 += 1 } }
                counts.withLock {
                    $0[kind, default: Counts()].posts += 1
                    if let error { $0[kind, default: Counts()].failedPosts[error, default: 0] += 1 }
                }
                return
            }
            let (name, content) = turn == 0 ? Corpus.large : small
            let download = ResumingDownload(
                addresses: addresses, target: "/file/\(name)", tag: turn == 0 ? tags.large : tags.small,
                content: content)
            let result = Result { try download.run() }
            if case .success = result { answered.withLock { $0 += 1 } }
            counts.withLock { counts in
                counts[kind, default: Counts()].downloads += 1
                switch result {
                case .success(let outcome):
                    counts[kind, default: Counts()].moves += outcome.moves
                    for instance in outcome.cuts { counts[kind, default: Counts()].cut[instance, default: 0] += 1 }
                case .failure(is ResumingDownload.WrongBytes): counts[kind, default: Counts()].wrong += 1
                case .failure(let error):
                    counts[kind, default: Counts()].failed["\(error)", default: 0] += 1
                }
            }
        }
    }

    /// A client repeats a POST at its next address only if no connection was made to the first.
    private static func post(to addresses: [HTTPClient]) -> String? {
        var last: (any Error)?
        for address in addresses {
            do {
                let answer = try address.send("POST", "/count", body: .bytes([1, 2, 3]))
                return answer.status == 200 && answer.text == "3" ? nil : "status \(answer.status)"
            } catch {
                last = error
                guard "\(error)".hasPrefix("connect to") else { break }
            }
        }
        return last.map { "\($0)" }
    }

    /// Waits until this many further requests are answered. A request that fails does not count.
    func wait(forMore count: Int) throws {
        let goal = self.answered.withLock { $0 } + count
        try Deadline.wait("\(count) further requests are answered") { self.answered.withLock { $0 } >= goal }
    }

    /// Keeps the clients busy for a time, which is longer than the time limits of a failure.
    func run(seconds: UInt32) { sleep(seconds) }

    /// Waits until every request that runs now has ended; returns the results since the last call.
    func results() throws -> [BalancingServer.Kind: Counts] {
        let last = self.running.withLock { $0.last }
        try Deadline.wait("the requests of an event have ended") {
            self.running.withLock { $0.numbers.allSatisfy { $0 > last } }
        }
        return self.counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
    }

    func stop() throws { try self.load.stop() }
}
