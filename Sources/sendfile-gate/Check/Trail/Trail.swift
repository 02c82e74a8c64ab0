/// The request's way through this machine, and the lines that act on it.
///
/// It is added to the first fault of a report. Each part is an observation of what is: what runs, with which settings, since
/// when, and which lines differ from the ready-made configuration. So a report names the place of a mistake that no rule knows.
struct Trail: Sendable {
    /// The lines of files that differ from the ready-made ones.
    var differences: [Difference] = []
    /// The web server's units.
    var serverUnits: UnitState?
    /// The running gates of this program.
    var gates: [GateProcess] = []
    /// The lines that the gate's unit and the web server's wrote since the first request.
    var journal: [String] = []
    /// The lines that the web server's error log gained with all requests for the file.
    var errorLog: [String] = []
    /// The messages of `systemd-analyze verify` about the gate's units and the web server's.
    var verification: [String] = []
    /// The programs that listen on the URL's port at the address that answered.
    var listeners: Set<String> = []
    /// The programs that listen on the URL's port at any address.
    var holders: Set<String> = []
    /// The lines of a web server in front, whose configuration is not followed, that are about the URL.
    var front: [String] = []
    /// The obstacles for the gate's account on the way to a file that the gate names.
    var obstacles: [String] = []

    /// Files of the web server's directory that are for a gate and that it does not read.
    var unread: [String] = []
    /// The lines that would make the web server read a site for a gate.
    var gaps: [String] = []

    /// The most lines of one kind.
    private static let most = 8
    private static let mostDifferences = 12

    /// The lines for a report, without those of logs.
    func lines(_ facts: Facts) -> [String] {
        self.states(facts) + self.obstacles + self.lastLines(facts).flatMap(LogPlaces.find) + self.changes
            + self.verification
    }

    /// The lines that differ from the ready-made ones, the newest first.
    var changes: [String] {
        Difference.newestFirst(self.differences).prefix(Self.mostDifferences).map(\.shown)
    }

    /// The lines of the units that are not the package's.
    static func deviations(of units: UnitState?) -> [String] {
        Difference.newestFirst(units?.differences ?? []).prefix(Self.most).map(\.shown)
    }

    /// The state of the programs, where it differs from that in the files.
    private func states(_ facts: Facts) -> [String] {
        var lines = ProxyVariables.lines(facts.target.url)
        let title = facts.server.title
        if let configuration = facts.configuration,
            let running = ServerProcesses.configurationFile(of: facts.server), running.file != configuration.file
        {
            lines.append(
                "\(title) runs with \(running.file), and not with \(configuration.file)   (process \(running.process) was started by hand: kill \(running.process); systemctl start \(configuration.service))"
            )
        }
        if let configuration = facts.configuration, let file = facts.staleFile {
            lines.append(
                "systemctl reload \(configuration.service)   (\(title) runs with an older configuration: \(file) was changed since)"
            )
        }
        lines +=
            ForwardingTarget.hostLines(facts) + self.gaps + self.unreadLines(facts) + self.front
            + self.otherServers(facts)
        let names = facts.server == .apache ? ["apache2", "httpd"] : [facts.server.rawValue]
        let others = self.listeners.subtracting(names).subtracting(["systemd"])
        if !others.isEmpty, self.holders == self.listeners, facts.elsewhere == nil,
            facts.configuration != nil || self.listeners.isDisjoint(with: names)
        {
            lines.append(
                "port \(RoutedRequest(facts.target.url).port) is held by \(others.sorted().joined(separator: ", "))   (ss -ltnp)"
            )
        }
        lines += (facts.units?.problems ?? []) + (self.serverUnits?.problems ?? [])
        if facts.whole.status != 200, facts.elsewhere == nil {
            lines += HostLines.shown(RoutedRequest(facts.target.url).host)
        }
        if facts.units?.isOlderThanFiles == true {
            lines.append(
                "systemctl daemon-reload; systemctl restart sendfile-gate.socket sendfile-gate.service   (a file of the units was changed since systemd read it)"
            )
        }
        for gate in self.gates {
            let files =
                (facts.units?.files ?? []) + (facts.units?.environmentFiles ?? [])
                + (gate.settingsFile.map { [$0] } ?? [])
            if let file = files.first(where: { ProcessTimes.changed($0, after: gate.start) }) {
                lines.append(
                    "systemctl restart sendfile-gate.service   (\(file) was changed after process \(gate.process) started)"
                )
            }
            if gate.isReplaced {
                lines.append(
                    "systemctl restart sendfile-gate.service   (process \(gate.process) runs an older program, which was replaced)"
                )
            }
            lines += self.overriding(gate, facts)
        }
        return lines
    }

    /// The files for a gate that the web server does not read; a part of a site with the line where it belongs.
    func unreadLines(_ facts: Facts) -> [String] {
        guard self.gaps.isEmpty, let configuration = facts.configuration,
            configuration.passers.isEmpty || !configuration.passesToGate
        else { return [] }
        let site = facts.route?.blocks.last { ["server", "<virtualhost>"].contains($0.name.lowercased()) }
        return self.unread.prefix(Self.most).map { file in
            let note =
                "\(facts.server.title) does not read this file: \(configuration.file) and what it includes do not name it"
            guard let site, file.contains("/snippets/") else { return "\(file)   (\(note))" }
            return "\(site.place): \(site.text)   (add: include \(file);   \(note))"
        }
    }

    /// The web servers that are set up for the gate and do not have the port, if this one is not set up for it.
    private func otherServers(_ facts: Facts) -> [String] {
        guard facts.gateReply == .none, facts.ownReply == .none, facts.configuration?.passesToGate != true,
            facts.forwarding.isEmpty, facts.elsewhere == nil
        else { return [] }
        let port = RoutedRequest(facts.target.url).port
        // A web server for another port does not compete for this one.
        let others = ServerConfiguration.all.filter { other in
            other.server != facts.server && other.passesToGate && other.addresses.contains { $0.address.port == port }
        }
        return others.map { other in
            let holder = facts.configuration?.service ?? self.listeners.sorted().joined(separator: ", ")
            if self.holders.contains(other.service) {
                let lines = other.addresses.filter { $0.address.port == port }.map {
                    "\($0.line.place): \($0.line.text)"
                }
                return
                    "\(holder) listens on port \(port) at \(facts.whole.peer ?? "this address"), and answered   (\(other.server.title), which is set up for the gate, listens at other addresses: \(lines.joined(separator: "; ")))"
            }
            return
                "systemctl disable --now \(holder); systemctl start \(other.service)   (\(other.server.title) is set up for the gate, and \(holder) has port \(port))"
        }
    }

    /// The settings of a gate's environment, which override its file, with the lines that set them.
    private func overriding(_ gate: GateProcess, _ facts: Facts) -> [String] {
        guard gate.settingsFile != nil else { return [] }
        let own = ["SENDFILE_CONFIG", "FASTCGI_ACCESS_LOG"]
        return gate.environment.filter { !own.contains($0.name) && $0.value != "" }.prefix(Self.most).map {
            name, value in
            let line = facts.units?.lines(containing: name).last
            return
                "\(line.map { "\($0.place): " } ?? "")\(name)=\(value)   (in the environment of process \(gate.process): it overrides the settings file)"
        }
    }

    /// The last lines of logs about the requests, for a report.
    func logs(_ facts: Facts) -> [String] {
        self.lastLines(facts).map { "log: \(ErrorLogTail.withoutQueries(String($0.prefix(300))))" }
    }

    private func lastLines(_ facts: Facts) -> [String] {
        let signs = ["answered with", "rror", "warn", "denied", "failed", "Failed", "crit", "alert", "emerg"]
        let lines = (facts.errorLog + self.errorLog + self.journal).filter { line in
            signs.contains { line.contains($0) }
        }
        var seen: Set<String> = []
        return Array(lines.reversed().filter { seen.insert($0).inserted }.prefix(3))
    }
}
