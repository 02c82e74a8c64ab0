/// The order of a finding's lines: what this machine's files and processes show comes before what is true of every machine.
///
/// A reader tries the first lines first. A line with a place, or a command, is a fact of this machine; the form of a line to write is
/// an example.
extension Diagnosis {
    /// The faults whose remedies are lines for any machine with the web server, even if they contain no `…`.
    private static let general: Set<Diagnosis> = [
        .notFoundByServer, .otherFile, .forbiddenByServer, .queryLost, .pathChanged, .cached, .headerNotHonoured,
        .compressed, .rangesIgnored, .conditionIgnored, .fieldsChanged, .wrongDialect, .brokenOff, .methodRefused,
        .otherStatus, .closedByRule, .rateLimited, .internalMissing,
    ]

    /// The end of a command that has an effect only after a change.
    static let afterChange = "   (after the change)"

    /// Whether a line of a remedy is an example, and not a fact of this machine.
    func isExample(_ line: String) -> Bool {
        if Self.namesPlace(line) || line.hasPrefix("systemctl reload") { return false }
        // The command that follows a change is the last one.
        if line.hasSuffix(Self.afterChange) { return true }
        let isVague = line.contains("…") || ["systemctl status", "systemctl cat"].contains(where: line.hasPrefix)
        return isVague || Self.general.contains(self)
    }

    /// Whether a line begins with a file and the number of a line: `/etc/nginx/nginx.conf:3: user www-data`.
    static func namesPlace(_ line: String) -> Bool {
        guard line.hasPrefix("/"), let end = line.firstRange(of: ": ")?.lowerBound,
            let colon = line[..<end].lastIndex(of: ":")
        else { return false }
        return Int(line[line.index(after: colon)..<end]) != nil
    }
}
