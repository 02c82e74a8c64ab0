import CLinux
import Glibc

/// A line of this machine's files that differs from the ready-made ones, or is missing there.
struct Difference: Sendable {
    let line: Directive
    /// The text to show: for a missing line that line, otherwise the one at the place.
    let text: String
    /// The reason why it is a difference.
    let note: String
    /// When its file was changed, in seconds since 1970; 0 if that is unknown.
    let changed: Double

    init(_ line: Directive, _ text: String? = nil, note: String) {
        (self.line, self.text, self.note) = (line, text ?? line.text, note)
        var status = stat()
        let isKnown = stat(line.file, &status) == 0
        self.changed = isKnown ? Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9 : 0
    }

    /// The line of a report.
    var shown: String { "\(self.line.place): \(self.text)   (\(self.note))" }

    /// These differences, those of the file that was changed last first: the newest change is the likeliest mistake. Each place
    /// occurs once.
    static func newestFirst(_ differences: [Difference]) -> [Difference] {
        var seen: Set<String> = []
        return differences.enumerated().filter { seen.insert("\($1.line.place) \($1.text)").inserted }.sorted {
            ($1.element.changed, $0.offset) < ($0.element.changed, $1.offset)
        }.map(\.element)
    }
}
