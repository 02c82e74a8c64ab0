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

    private static let columns: [(title: String, deliveries: [Delivery])] =
        Delivery.all.filter { !$0.streams }.map { delivery in
            (
                delivery.server.rawValue,
                Delivery.allWithBothWalls.filter { $0.server == delivery.server && !$0.streams }
            )
        }
        + [("streamed, behind each", Delivery.allWithBothWalls.filter(\.streams))]

    /// The section of the article; `nil` if not everything was asked.
    var section: String? {
        var rows: [[String]] = []
        for group in Self.groups {
            var row = [group.title, String(group.rows.count)]
            for column in Self.columns {
                let cells = group.rows.map { title in
                    column.deliveries.map { self.cell(group.table, title, $0) }
                }
                guard !cells.joined().contains(nil) else { return nil }
                row.append(Self.text(of: cells.map { $0.compactMap(\.self) }))
            }
            rows.append(row)
        }
        let questions = Self.groups.filter { $0.table == "Questions" }.map(\.rows.count).reduce(0, +)
        let names = Self.groups.filter { $0.table != "Questions" }.map(\.rows.count).reduce(0, +)
        let exceptions = ParityException.all.enumerated().map { "\($0 + 1). \($1.reason)\n" }.joined()
        return """
            \(questions) questions and \(names) file names, and whether status, bytes and fields of the answer are what the program
            answers when it is asked without a web server:

            \(GeneratedSection.table(["what is asked", "rows"] + Self.columns.map(\.title), rows))
            \(exceptions)
            """
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
