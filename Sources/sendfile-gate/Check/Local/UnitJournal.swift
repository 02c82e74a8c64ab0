import CLinux
import Glibc
import Subprocess

/// The system's journal.
enum UnitJournal {
    /// The lines of units since a time, without those parts that the journal adds.
    ///
    /// - Parameters:
    ///   - units: Names of units.
    ///   - time: In seconds since 1970. Lines of the same second that are older do not count.
    /// - Returns: An empty list without systemd, or if this user cannot read the journal.
    static func lines(of units: [String], since time: Double) async -> [String] {
        // A program's last lines may still be on their way. Only root may ask for them; others get the rest.
        _ = try? await run(.name("journalctl"), arguments: ["--sync"], output: .discarded, error: .discarded)
        let result = try? await run(
            .name("journalctl"),
            arguments: Arguments(
                ["--quiet", "--no-pager", "--output=cat", "--lines=50", "--since=@\(Self.text(time))"]
                    + units.map { "--unit=\($0)" }),
            output: .string(limit: 262_144), error: .discarded)
        return (result?.standardOutput ?? "").split(whereSeparator: \.isNewline).map(String.init)
    }

    /// The time with six digits after the point, as systemd.time(7) reads it.
    static func text(_ time: Double) -> String {
        let microseconds = Int((time * 1e6).rounded(.down))
        let digits = String(microseconds % 1_000_000)
        return "\(microseconds / 1_000_000)." + String(repeating: "0", count: 6 - digits.count) + digits
    }

    /// The time now.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
