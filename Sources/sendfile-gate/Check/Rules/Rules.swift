/// Evaluates the facts, check by check, without sending requests.
enum Rules {
    /// A rule: evaluates the facts, given the findings of the preceding checks.
    typealias Rule = @Sendable (Facts, Findings) -> Finding

    static let all: [Rule] = [
        Self.limit, Self.permissions, Self.socket, Self.clock, Self.behind, Self.link, Self.leak, Self.status,
        Self.bytes,
        Self.fields,
        Self.protected,
        Self.sender, Self.largeFile,
        Self.range, Self.head, Self.revalidation, Self.clients, Self.methods, Self.compression, Self.inside,
        Self.outside, Self.names,
    ]

    static func judge(_ facts: Facts) -> [Finding] {
        Self.all.reduce(into: Findings()) { findings, rule in
            findings.list.append(rule(facts, findings))
        }.list.filter { finding in
            // Most sites have one web server, and no need to read about others.
            finding.check != .behind || finding.status != .skipped || !facts.behind.isEmpty
        }.addingTrail(facts)
    }

    /// The findings so far. A check that depends on a failed one is skipped and names it, so that one fault causes one
    /// failure.
    struct Findings {
        var list: [Finding] = []

        func failed(_ check: CheckID) -> Bool { self.list.contains { $0.check == check && $0.status == .fail } }

        func first(failedOf checks: [CheckID]) -> CheckID? { checks.first(where: self.failed) }

        /// The failed check that prevents the download.
        var obstacle: CheckID? { self.first(failedOf: [.status, .bytes]) ?? self.noFile }

        private var noFile: CheckID? {
            let isMissing = self.list.contains { $0.status == .skipped && ($0.check == .status || $0.check == .bytes) }
            return isMissing
                ? self.first(failedOf: [.limit, .clock, .behind, .link, .permissions, .socket, .leak]) : nil
        }

        /// Whether responses come from a cache, so that they show nothing of the gate or the web server.
        private var isStored: Bool { self.list.contains { $0.diagnosis == .cached } }

        func skip(_ check: CheckID) -> Finding? {
            if self.isStored { return .skipped(check, "follows from link: a cache responds") }
            return self.obstacle.map { .skipped(check, "follows from \($0.rawValue): the file is not received") }
        }
    }
}

extension [Finding] {
    /// Adds the request's way through the machine to the first fault.
    fileprivate func addingTrail(_ facts: Facts) -> [Finding] {
        guard facts.target.gate != nil,
            let index = self.firstIndex(where: { $0.status == .fail }) ?? self.firstIndex(where: { $0.status == .warn })
        else { return self }
        var findings = self
        let finding = self[index]
        // A line that the rule names already.
        let new = facts.trail.lines(facts).filter { line in
            let place = line.prefix { $0 != " " }
            return !finding.remedy.contains { $0.hasPrefix(place) && place.contains(":") || $0 == line }
        }
        let examples = finding.remedy.filter { finding.diagnosis?.isExample($0) == true }
        findings[index] = finding.with(
            remedy: finding.remedy.filter { !examples.contains($0) } + new + examples + facts.trail.logs(facts))
        return findings
    }
}
