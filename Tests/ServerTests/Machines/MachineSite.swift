import Glibc

/// A web server of a machine, configured for one delivery with the files of `conf`, installed where their comments say.
final class MachineSite: AnsweringSite {
    let machine: Machine
    let delivery: Delivery
    let program: MachineProgram
    private let debian: DebianServer

    /// Configures and restarts the service, and waits until a request is answered.
    ///
    /// - Parameters:
    ///   - backend: Another value of `SENDFILE_BACKEND` than the delivery's.
    ///   - isBroken: Whether any response is sufficient.
    init(
        _ delivery: Delivery, _ program: MachineProgram = .application, backend: String? = nil, isBroken: Bool = false
    ) throws {
        guard let release = delivery.release else { throw Failure("\(delivery.testDescription) is on no machine") }
        self.machine = try Machine.running(release)
        self.delivery = delivery
        self.program = program
        self.debian = DebianServer(delivery.server, program)
        let logs = try self.machine.journal()
        try self.machine.run(self.debian.stop)
        try self.install(backend: backend ?? (delivery.streams ? "stream" : nil))
        let start = try self.machine.attempt(self.debian.start)
        guard start.end == .exited(0), self.answers(isBroken: isBroken) else {
            throw Failure("\(self.title) does not answer.\n\(start.output)\(try logs())\(self.errorLog(from: 0))")
        }
    }

    private func install(backend: String?) throws {
        var changed = 0
        var edited = [Int](repeating: 0, count: self.program.edits.count)
        func filled(_ text: String) -> String {
            self.debian.values.reduce(text) { $0.replacing("@\($1.key)@", with: $1.value) }
        }
        for file in self.debian.files {
            let filledIn = try ConfigurationFiles.filled(file.source, values: self.debian.values, backend: backend)
            changed += filledIn.changed
            var text = self.program.options.reduce(filledIn.text) { ConfigurationFiles.enabling($1, in: $0) }
            for (index, edit) in self.program.edits.enumerated() {
                edited[index] += text.ranges(of: filled(edit.old)).count
                text = text.replacing(filled(edit.old), with: filled(edit.new))
            }
            try self.machine.write(file.edit(text), to: file.destination)
        }
        if backend != nil, changed == 0 { throw Failure("conf/\(self.delivery.server.folder) sets no backend") }
        for (index, edit) in self.program.edits.enumerated() where edited[index] != 1 {
            throw Failure("\"\(edit.old)\" stands \(edited[index]) times in the configuration")
        }
    }

    var root: String { self.program.root }

    /// Stops the web server and the program, and removes the configuration.
    func remove() throws { try self.machine.run(self.debian.stop) }

    private func answers(isBroken: Bool) -> Bool {
        // A machine's loopback is fast: a service that has not started by then has failed.
        let deadline = time(nil) + 20
        while time(nil) < deadline {
            if let answer = try? self.client.get(self.program.ready.target),
                isBroken || answer.status == self.program.ready.status
            {
                return true
            }
            usleep(10_000)
        }
        return false
    }

    /// The path of the web server's configuration for the program, in the machine.
    var configuration: String { self.debian.files[0].destination }

    /// Runs `body` with the units of `conf/systemd` behind nginx.
    static func withUnits(_ release: Release, _ body: (MachineSite) throws -> Void) throws {
        try withLogs(of: MachineSite(Delivery(server: .nginx, streams: false, release: release)), body)
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
