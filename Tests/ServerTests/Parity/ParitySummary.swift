import Testing

/// The summary of the parity table for the article.
extension ParityTable {
    static let article = "Sources/Sendfile/Documentation.docc/WhatServersKeep.md"

    /// The rows of the article's table, with the tables and rows that they summarize.
    private static let groups: [(title: String, table: String, rows: [String])] =
        Question.groups.map { ($0.title, "Questions", $0.questions.map(\.title)) } + [
            ("file names, each with GET, HEAD and a range", "Names", Question.names.map(\.title)),
            ("paths that lead out of the root, or to no file", "Forbidden names", Question.forbidden.map(\.title)),
        ]

    /// A column: a title, and the server that sends the files; `nil` if the program streams them behind each server.
    private static let columns: [(title: String, server: WebServer?)] =
        WebServer.allCases.map { ($0.rawValue, $0) } + [("streamed, behind each", nil)]

    /// Writes or compares the section of the article, if everything was asked on some release.
    func checkSection() throws {
        let releases = Release.allCases.filter(self.hasAsked)
        guard !releases.isEmpty else { return }
        let section = GeneratedSection(article: Self.article, name: "parity")
        var table = ReleaseTable(head: ["what is asked", "rows"] + Self.columns.map(\.title), titles: 2)
        for group in Self.groups {
            table.append(
                [group.title, String(group.rows.count)],
                Self.columns.map { column in
                    Dictionary(
                        uniqueKeysWithValues: releases.map { ($0, Self.text(of: self.cells(group, column.server, $0))) }
                    )
                })
        }
        try section.check(Self.text(around: table.completed(from: section.written)))
    }

    /// The cells of a group's rows in one column; each row has one for every delivery of it.
    private func cells(
        _ group: (title: String, table: String, rows: [String]), _ server: WebServer?, _ release: Release
    ) -> [[Cell?]] {
        let deliveries = Delivery.all(on: release).filter { delivery in
            server.map { delivery.server == $0 && !delivery.streams } ?? delivery.streams
        }
        return group.rows.map { title in deliveries.map { self.cell(group.table, title, $0) } }
    }

    /// Whether all questions were asked behind all web servers of a release.
    private func hasAsked(_ release: Release) -> Bool {
        Self.groups.allSatisfy { group in
            Self.columns.allSatisfy { !self.cells(group, $0.server, release).joined().contains(nil) }
        }
    }

    private static func text(around table: String) -> String {
        let questions = Self.groups.filter { $0.table == "Questions" }.map(\.rows.count).reduce(0, +)
        let names = Self.groups.filter { $0.table != "Questions" }.map(\.rows.count).reduce(0, +)
        let exceptions = ParityException.all.enumerated().map { "\($0 + 1). \($1.reason)\n" }.joined()
        return """
            \(questions) questions and \(names) file names. A cell says whether status, bytes and fields of the response equal those of the
            program without a web server. The web servers are those of
            \(Release.allNames), configured as the
            comments in `conf` describe; a cell that differs between the releases says so.

            \(table)
            \(exceptions)
            """
    }

    /// The text for some rows, each with a cell for every delivery of a column.
    private static func text(of rows: [[Cell?]]) -> String {
        if rows.joined().contains(.unequal) { return "**unequal**" }
        var numbers: Set<Int> = []
        for case .excepted(let exceptions)? in rows.joined() { numbers.formUnion(exceptions) }
        guard !numbers.isEmpty else { return "equal" }
        let names = numbers.sorted().map { String($0 + 1) }.joined(separator: ", ")
        return "equal but \(rows.count { $0.contains { $0 != .equal } }) (\(names))"
    }
}
