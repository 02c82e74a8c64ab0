import Glibc
import Sendfile

/// Concurrent requests by several clients while a test works on the machine. Counts the responses that differ from the
/// expected ones.
final class MachineLoad: Sendable {
    private let load: Load
    private let counts = Locked<Counts>(Counts())

    private struct Counts {
        var answered = 0
        var files = 0
        var programs: Set<String> = []
        var lost: [String: Int] = [:]
    }

    init(_ site: MachineSite, clients: Int = 4) {
        let client = site.client
        let counts = self.counts
        self.load = Load(clients: clients, requests: 1_000_000) { number in
            do {
                let answer = try client.get(number % 2 == 0 ? "/file/plain.txt" : "/pid")
                guard answer.status == 200 else { throw Failure("\(answer.status)") }
                guard number % 2 == 1 || answer.body == Corpus.content(of: "plain.txt") else { throw Failure("bytes") }
                counts.withLock {
                    $0.answered += 1
                    if number % 2 == 1 { $0.programs.insert(answer.text) } else { $0.files += 1 }
                }
            } catch {
                counts.withLock { $0.lost["\(error)", default: 0] += 1 }
            }
        }
    }

    /// The number of the program's processes that responded.
    var programs: Int { self.counts.withLock { $0.programs.count } }

    /// The number of answered requests.
    var answered: Int { self.counts.withLock { $0.answered } }

    /// The number of answered requests for a file.
    var files: Int { self.counts.withLock { $0.files } }

    /// The number of failed requests, by the failure.
    var lost: [String: Int] { self.counts.withLock { $0.lost } }

    /// Waits until this many further requests have been answered as expected. Failed ones do not count: a client meets
    /// hundreds of them in the moment in which a service starts.
    func wait(forMore count: Int) throws {
        let goal = self.answered + count
        let deadline = time(nil) + Socket.patience
        while self.answered < goal {
            guard time(nil) < deadline else {
                throw Failure("fewer than \(count) requests answered in \(Socket.patience) s; lost \(self.lost)")
            }
            usleep(1_000)
        }
    }

    func stop() throws { try self.load.stop() }
}
