import Glibc

/// A web server of a machine, set up for one delivery with the files of `conf`, where their comments say that they go on Debian.
final class MachineSite: AnsweringSite {
    let machine: Machine
    let delivery: Delivery
    let root = Machine.root
    private let debian: DebianServer

    /// Sets the service up and restarts it, and waits until a request is answered.
    init(_ delivery: Delivery) throws {
        guard let release = delivery.release else { throw Failure("\(delivery.testDescription) is on no machine") }
        self.machine = try Machine.running(release)
        self.delivery = delivery
        self.debian = DebianServer(delivery.server)
        let logs = try self.machine.journal()
        try self.machine.run(self.debian.stop)
        for file in self.debian.files {
            let (text, changed) = try ConfigurationFiles.filled(
                file.source, values: self.debian.values, backend: delivery.streams ? "stream" : nil)
            if file.setsBackend, delivery.streams, changed == 0 { throw Failure("\(file.source) sets no backend") }
            try self.machine.write(file.edit(text), to: file.destination)
        }
        let start = try self.machine.attempt(self.debian.start)
        guard start.end == .exited(0), self.answers() else {
            throw Failure("\(self.title) does not answer.\n\(start.output)\(try logs())\(self.errorLog(from: 0))")
        }
    }

    private func answers() -> Bool {
        // A machine's own loopback is quick: what has not started by then has failed.
        let deadline = time(nil) + 20
        while time(nil) < deadline {
            if let answer = try? self.client.get("/ready"), answer.status == 200 { return true }
            usleep(10_000)
        }
        return false
    }

    var title: String { self.delivery.testDescription }

    var client: HTTPClient { self.machine.client(port: self.debian.port) }

    func logsFromNow() throws -> @Sendable () throws -> String {
        let journal = try self.machine.journal()
        let size = Files.size(self.machine.path(self.debian.errorLog))
        return { try journal() + self.errorLog(from: size) }
    }

    private func errorLog(from size: Int) -> String {
        "--- \(self.debian.errorLog)\n"
            + ((try? Files.text(self.machine.path(self.debian.errorLog), from: size)) ?? "none\n")
    }

    func check(logs: () throws -> String) {}
}
