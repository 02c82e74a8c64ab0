import Sendfile

/// Requests to a site by some clients at once while a test does something to the machine. It counts those that are not answered as if
/// nothing happened.
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

    /// How many processes of the program have answered.
    var programs: Int { self.counts.withLock { $0.programs.count } }

    /// How many requests were answered.
    var answered: Int { self.counts.withLock { $0.answered } }

    /// How many of them were for a file.
    var files: Int { self.counts.withLock { $0.files } }

    /// How many requests were not, by what was seen instead.
    var lost: [String: Int] { self.counts.withLock { $0.lost } }

    /// Waits until so many more requests have been made.
    func wait(forMore count: Int) { self.load.wait(forMore: count) }

    func stop() throws { try self.load.stop() }
}
