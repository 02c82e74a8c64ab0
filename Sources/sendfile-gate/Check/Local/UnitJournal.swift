import Subprocess

/// The system's journal.
enum UnitJournal {
    /// The lines of units since a time, without those parts that the journal adds.
    ///
    /// - Parameters:
    ///   - units: Names of units.
    ///   - time: In seconds since 1970.
    /// - Returns: An empty list without systemd, or if this user cannot read the journal.
    static func lines(of units: [String], since time: Int) async -> [String] {
        // A program's last lines may still be on their way. Only root may ask for them; others get the rest.
        _ = try? await run(.name("journalctl"), arguments: ["--sync"], output: .discarded, error: .discarded)
        let result = try? await run(
            .name("journalctl"),
            arguments: Arguments(
                ["--quiet", "--no-pager", "--output=cat", "--lines=50", "--since=@\(time)"]
                    + units.map { "--unit=\($0)" }),
            output: .string(limit: 262_144), error: .discarded)
        return (result?.standardOutput ?? "").split(whereSeparator: \.isNewline).map(String.init)
    }
}
