/// The result of one check.
struct Finding: Sendable {
    enum Status: String, Sendable {
        case pass
        case warn
        case fail
        case skipped
    }

    let check: CheckID
    let status: Status
    /// The observation, in one sentence without a full stop.
    let title: String
    /// The fault.
    let diagnosis: Diagnosis?
    /// The fault of an object store, if it is one.
    var storeDiagnosis: StoreDiagnosis?
    /// The likely cause.
    let cause: String?
    /// The changes to make, line by line.
    let remedy: [String]

    static func pass(_ check: CheckID, _ title: String) -> Finding {
        Finding(check: check, status: .pass, title: title, diagnosis: nil, cause: nil, remedy: [])
    }

    static func skipped(_ check: CheckID, _ reason: String) -> Finding {
        Finding(check: check, status: .skipped, title: reason, diagnosis: nil, cause: nil, remedy: [])
    }

    /// The finding with other lines.
    func with(remedy lines: [String]) -> Finding {
        Finding(
            check: self.check, status: self.status, title: self.title, diagnosis: self.diagnosis, cause: self.cause,
            remedy: lines)
    }

    static func fail(
        _ check: CheckID, _ title: String, _ diagnosis: Diagnosis, _ facts: Facts, remedy: [String]? = nil
    ) -> Finding {
        Self.bad(.fail, check, title, diagnosis, facts, remedy)
    }

    static func warn(
        _ check: CheckID, _ title: String, _ diagnosis: Diagnosis, _ facts: Facts, remedy: [String]? = nil
    ) -> Finding {
        Self.bad(.warn, check, title, diagnosis, facts, remedy)
    }

    private static func bad(
        _ status: Status, _ check: CheckID, _ title: String, _ diagnosis: Diagnosis, _ facts: Facts, _ remedy: [String]?
    ) -> Finding {
        var lines = remedy ?? diagnosis.places(facts) + diagnosis.remedy(facts)
        if facts.target.gate != nil { lines = lines.map(Diagnosis.forGate) }
        if lines.contains(where: { $0.contains(Target.unknownRoot) }) {
            lines.append("(use --root with the directory of SENDFILE_ROOT to see it in these lines)")
        }
        return Finding(
            check: check, status: status, title: title, diagnosis: diagnosis,
            cause: diagnosis.cause(facts) + diagnosis.logged(facts), remedy: lines)
    }
}
