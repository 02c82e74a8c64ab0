extension Rules {
    /// The web servers and programs to which the web server passes the URL on answer alike.
    static let behind: Rule = { facts, findings in
        if let finding = Self.group(facts) { return finding }
        let servers = facts.behind
        guard let first = servers.first(where: { !$0.isFile }) else {
            guard !servers.isEmpty else { return .skipped(.behind, "no web server of this machine is behind this one") }
            let places = servers.map(\.place).joined(separator: " and ")
            return .pass(.behind, "asked directly, \(places) \(servers.count == 1 ? "sends" : "send") the file")
        }
        let failing = servers.count(where: { !$0.isFile })
        let isReceived = facts.whole.isFile(facts.target.file.size)
        if isReceived, failing == servers.count {
            return .skipped(.behind, "\(first.place) answers requests of \(facts.server.title) only")
        }
        let title =
            servers.count == 1
            ? "asked directly, \(first.place) \(first.outcome)"
            : "\(failing) of \(servers.count) servers behind \(facts.server.title) \(failing == 1 ? "does" : "do") not send the file"
        return .fail(
            .behind, title, .behindFails, facts,
            remedy: servers.filter { !$0.isFile }.map(\.shown) + ForwardingTarget.hostLines(facts)
                + servers.flatMap(\.reasons)
                + Diagnosis.behindFails.remedy(facts))
    }

    /// The programs of one group to which the web server passes the URL over FastCGI; `nil` if they answer alike.
    private static func group(_ facts: Facts) -> Finding? {
        let members = facts.members
        guard members.count > 1 else { return nil }
        let broken = members.filter { $0.state != nil && $0.state != .listens }
        if !broken.isEmpty {
            let title = "\(broken.count) of \(members.count) programs behind \(facts.server.title) cannot be reached"
            let remedy = broken.map { "\($0.line.place): \($0.line.text)   (\($0.state?.words ?? ""))" }
            return facts.whole.isFile(facts.target.file.size)
                ? .warn(.behind, title, .behindFails, facts, remedy: remedy)
                : .fail(.behind, title, .behindFails, facts, remedy: remedy)
        }
        guard facts.strangers > 0, facts.strangers < facts.groupQuestions else { return nil }
        let sockets = Set(facts.units?.sockets ?? [GatePaths.socket])
        let others = members.filter { member in !sockets.contains { member.line.wholeText.contains("unix:\($0)") } }
        return .fail(
            .behind,
            "\(facts.strangers) of \(facts.groupQuestions) requests did not reach a gate: \(facts.server.title) distributes them among \(members.count) programs",
            .behindFails, facts,
            remedy: (others.isEmpty ? members : others).map {
                "\($0.line.place): \($0.line.text)   (receives requests for this URL, and is not the gate of this machine)"
            } + Diagnosis.behindFails.remedy(facts))
    }
}

extension SocketState {
    /// The state in a few words.
    var words: String {
        switch self {
        case .listens: "a program listens"
        case .missing: "the socket does not exist"
        case .noSocket: "the file is not a socket"
        case .deaf: "no process listens at the socket"
        case .closed(let user): "\(user) has no permission to connect to the socket"
        case .unknown(let reason): "the socket cannot be tested: \(reason)"
        }
    }
}
