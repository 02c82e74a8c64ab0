import Sendfile

/// Requests to a site by some clients at once while a test does something to the machine; each must be answered as if nothing
/// happened.
final class MachineLoad: Sendable {
    private let load: Load
    private let answers = Locked<Set<String>>([])

    init(_ site: MachineSite, clients: Int = 4) {
        let client = site.client
        let answers = self.answers
        self.load = Load(clients: clients, requests: 1_000_000) { number in
            let target = number % 2 == 0 ? "/file/plain.txt" : "/pid"
            let answer = try client.get(target)
            guard answer.status == 200 else { throw Failure("request \(number): \(answer.status) \(answer.text)") }
            if target == "/pid" {
                answers.withLock { _ = $0.insert(answer.text) }
            } else if answer.body != Corpus.content(of: "plain.txt") {
                throw Failure("request \(number): \(answer.text)")
            }
        }
    }

    /// How many processes have answered.
    var programs: Int { self.answers.withLock { $0.count } }

    func wait(forMore count: Int) { self.load.wait(forMore: count) }

    func stop() throws { try self.load.stop() }
}
