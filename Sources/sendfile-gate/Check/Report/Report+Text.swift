extension Report {
    /// The report with one line per check, followed by cause and remedy if the check did not pass.
    ///
    /// - Parameter isColoured: Whether the output is a terminal.
    func text(isColoured: Bool) -> String {
        var lines = ["\(self.url.shownSafely), \(self.server.title), compared with \(self.file.shownSafely)", ""]
        if !self.way.isEmpty {
            lines += ["Asked directly: the web server behind these lines has the fault."]
            lines += self.way.map { "-> \($0.shownSafely)" } + [""]
        }
        let width = CheckID.allCases.map(\.rawValue.count).max() ?? 0
        for finding in self.findings {
            let name = finding.check.rawValue
            let padding = String(repeating: " ", count: width - name.count)
            lines.append("\(Self.mark(finding.status, isColoured))  \(name)\(padding)  \(finding.title.shownSafely)")
            let indent = String(repeating: " ", count: width + 8)
            if let cause = finding.cause { lines += cause.shownSafely.wrapped(to: 80).map { indent + $0 } }
            lines += finding.remedy.map { "\(indent)-> \($0.shownSafely)" }
        }
        if !self.notes.isEmpty {
            lines += ["", "Not judged: these lines differ from the ready-made setup, and may act on requests."]
            lines += self.notes.map { "-> \($0.shownSafely)" }
        }
        if let changes {
            lines += ["", changes.title]
            lines += changes.lines.map { "-> \($0.shownSafely)" }
        }
        let counts = [Finding.Status.pass, .warn, .fail, .skipped].map { status in
            "\(self.count(status)) \(Self.word(status).trimmed)"
        }
        return (lines + ["", counts.joined(separator: ", ")]).joined(separator: "\n") + "\n"
    }

    private static func word(_ status: Finding.Status) -> String {
        switch status {
        case .pass: "ok  "
        case .warn: "warn"
        case .fail: "FAIL"
        case .skipped: "skip"
        }
    }

    private static func mark(_ status: Finding.Status, _ isColoured: Bool) -> String {
        guard isColoured else { return Self.word(status) }
        let colour =
            switch status {
            case .pass: "32"
            case .warn: "33"
            case .fail: "1;31"
            case .skipped: "2"
            }
        return "\u{1B}[\(colour)m\(Self.word(status))\u{1B}[0m"
    }
}

extension String {
    /// The text without control characters, because a server's response must not control the terminal.
    fileprivate var shownSafely: String {
        String(
            String.UnicodeScalarView(
                self.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
    }

    /// The text in lines of at most this length, broken at spaces.
    fileprivate func wrapped(to columns: Int) -> [String] {
        self.split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= columns {
                lines[lines.count - 1] += " \(word)"
            } else {
                lines.append(String(word))
            }
        }
    }

    fileprivate var trimmed: Substring { self.prefix { $0 != " " } }
}
