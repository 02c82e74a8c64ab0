@testable import GateReaders

/// Lines of logs, of header fields and of configurations, as `check` reads and shows them.
enum LinesTarget {
    static func run(_ input: Input) {
        var input = input
        switch input.byte() % 4 {
        case 0: Self.places(input.restText)
        case 1: Self.fields(input.restText)
        case 2: Self.secrets(input.restText)
        default: Self.expression(input.text(), input.restText)
        }
    }

    /// Only files of configurations are shown, and each on one line.
    private static func places(_ line: String) {
        for place in LogPlaces.find(in: line) {
            require(["/etc/", "/usr/", "/run/"].contains(where: place.hasPrefix), place)
            require(!place.contains("shadow:"), place)
        }
    }

    private static func fields(_ line: String) {
        // No file is read.
        guard !line.hasPrefix("@"), let lines = try? HeaderLines.read([line]) else { return }
        require(lines == [line] && isOneLine(line.replacing("\t", with: " ")), line)
        let parts = line.utf8.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
        require(parts.count == 2 && parts[0].allSatisfy { $0 > 0x20 && $0 < 0x7F } && !parts[0].isEmpty, line)
    }

    /// A word that may be a secret does not become visible through text around it, and a report shows no value beside it.
    private static func secrets(_ text: String) {
        let directive = Directive(name: "set", words: ["secret", text], file: "f", line: 1)
        require(directive.text == "set \(SecretText.replacement)", directive.text)
    }

    /// A pattern that begins with any text matches as it does alone.
    private static func expression(_ pattern: String, _ text: String) {
        guard let matches = RegularExpression.matches(pattern, text) else { return }
        let again = RegularExpression.matches("^(.|\n)*(\(pattern))", text)
        require(!matches || pattern.contains("^") || pattern.contains("|") || again != false, "\(pattern), \(text)")
        if matches {
            require(RegularExpression.matches(pattern, text, ignoringCase: true) == true, "\(pattern), \(text)")
        }
    }
}
