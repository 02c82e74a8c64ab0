import Glibc

/// The changes of this machine since the last check of a gate that found no fault.
struct ChangesSince: Sendable {
    /// The time of that check: `2026-03-01 12:30 UTC`.
    let time: String
    /// The lines of a report, the newest change first.
    let lines: [String]

    private static let most = 24

    /// Compares the machine with the record.
    ///
    /// - Returns: `nil` without a record, or if nothing has changed.
    static func find() async -> ChangesSince? {
        guard let record = MachineRecord.last() else { return nil }
        let changes = MachineChange.all(since: record, to: await MachineRecord(record.watched)).map(\.text)
        guard !changes.isEmpty else { return nil }
        let rest = changes.count - Self.most
        return ChangesSince(
            time: Self.text(record.time),
            lines: changes.prefix(Self.most) + (rest > 0 ? ["and \(rest) more changes"] : []))
    }

    /// The line above the changes.
    var title: String { "Changed on this machine since a check found no fault, at \(self.time), the newest first:" }

    private static func text(_ time: Int) -> String {
        var (seconds, parts) = (time, tm())
        gmtime_r(&seconds, &parts)
        func two(_ number: Int32) -> String { (number < 10 ? "0" : "") + String(number) }
        return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) "
            + "\(two(parts.tm_hour)):\(two(parts.tm_min)) UTC"
    }
}
