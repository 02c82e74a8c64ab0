import Testing

/// The parity table in short, as the article has it.
extension ParityTable {
    static let article = "Sources/Sendfile/Documentation.docc/WhatServersKeep.md"

    /// The rows of the article's table: what was asked, by the tables and their rows.
    private static let groups: [(title: String, table: String, rows: [String])] =
        Question.groups.map { ($0.title, "Questions", $0.questions.map(\.title)) } + [
            ("file names, each with GET, HEAD and a range", "Names", Question.names.map(\.title)),
            ("paths that lead out of the root, or to no file", "Forbidden names", Question.forbidden.map(\.title)),
        ]

    /// A column: a title, and the server that sends the files; `nil` where the program streams them, behind each.
    private static let columns: [(title: String, server: WebServer?)] =
        WebServer.allCases.map { ($0.rawValue, $0) } + [("streamed, behind each", nil)]

    /// The section of the article; `nil` if not everything was asked on each of the releases that it is about.
    var section: String? {
        var rows: [[String]] = []
        for group in Self.groups {
            var row = [group.title, String(group.rows.count)]
            for column in Self.columns {
                var texts: [(release: Release, text: String)] = []
                for release in Release.documented {
                    let deliveries = Delivery.all(on: release).filter { delivery in
                        column.server.map { delivery.server == $0 && !delivery.streams } ?? delivery.streams
                    }
                    let cells = group.rows.map { title in deliveries.map { self.cell(group.table, title, $0) } }
                    guard !cells.joined().contains(nil) else { return nil }
                    texts.append((release, Self.text(of: cells.map { $0.compactMap(\.self) })))
                }
                row.append(Self.split(texts))
            }
            rows.append(row)
        }
        let questions = Self.groups.filter { $0.table == "Questions" }.map(\.rows.count).reduce(0, +)
        let names = Self.groups.filter { $0.table != "Questions" }.map(\.rows.count).reduce(0, +)
        let exceptions = ParityException.all.enumerated().map { "\($0 + 1). \($1.reason)\n" }.joined()
        return """
            \(questions) questions and \(names) file names, and whether status, bytes and fields of the answer are what the program
            answers when it is asked without a web server. The web servers are those of
            \(Release.documented.map(\.testDescription).joined(separator: " and ")), set up as the comments in `conf` say; a cell
            that differs between the releases says so.

            \(GeneratedSection.table(["what is asked", "rows"] + Self.columns.map(\.title), rows))
            \(exceptions)
            """
    }

    /// The text of a cell: one if it is the same on all releases.
    static func split(_ texts: [(release: Release, text: String)]) -> String {
        guard let first = texts.first, texts.contains(where: { $0.text != first.text }) else {
            return texts.first?.text ?? ""
        }
        return texts.map { "\($0.release.testDescription): \($0.text)" }.joined(separator: "; ")
    }

    /// What is said of some rows, each with a cell for every delivery of a column.
    private static func text(of rows: [[Cell]]) -> String {
        if rows.joined().contains(.unequal) { return "**unequal**" }
        var numbers: Set<Int> = []
        for case .excepted(let exceptions) in rows.joined() { numbers.formUnion(exceptions) }
        guard !numbers.isEmpty else { return "equal" }
        let names = numbers.sorted().map { String($0 + 1) }.joined(separator: ", ")
        return "equal but \(rows.count { $0.contains { $0 != .equal } }) (\(names))"
    }
}
