import Testing

/// A table of an article whose cells contain the results on each release of Debian.
///
/// A run of the tests boots machines of some releases only. The article's rows for the others are kept.
struct ReleaseTable {
    private let head: [String]
    /// The number of columns at the beginning that name the row.
    private let titles: Int
    private var rows: [(titles: [String], cells: [[Release: String]])] = []

    init(head: [String], titles: Int) {
        self.head = head
        self.titles = titles
    }

    mutating func append(_ titles: [String], _ cells: [[Release: String]]) {
        precondition(titles.count == self.titles && titles.count + cells.count == self.head.count)
        self.rows.append((titles, cells))
    }

    /// The table as Markdown; the cells of the releases that were not tested are taken from the existing table.
    func completed(from table: String) throws -> String {
        let written = Self.rows(of: table)
        return GeneratedSection.table(
            self.head,
            try self.rows.map { row in
                let old = written.first { $0.starts(with: row.titles) && $0.count == self.head.count }
                return try row.titles
                    + row.cells.enumerated().map { index, cell in
                        let missing = Release.allCases.filter { cell[$0] == nil }
                        guard !missing.isEmpty else { return Self.text(of: cell) }
                        guard let old, let texts = Self.texts(in: old[self.titles + index]) else {
                            throw Failure(
                                "the table says nothing of \(row.titles[0]) on \(missing.map(\.testDescription)): set MACHINES to all releases"
                            )
                        }
                        return Self.text(of: texts.merging(cell) { $1 })
                    }
            })
    }

    /// One text if all releases agree, otherwise each text with its releases.
    private static func text(of cell: [Release: String]) -> String {
        var texts: [(releases: [Release], text: String)] = []
        for release in Release.allCases {
            guard let text = cell[release] else { continue }
            if let index = texts.firstIndex(where: { $0.text == text }) {
                texts[index].releases.append(release)
            } else {
                texts.append(([release], text))
            }
        }
        if texts.count == 1 { return texts[0].text }
        return texts.map { "\($0.releases.map(\.testDescription).joined(separator: ", ")): \($0.text)" }
            .joined(separator: "; ")
    }

    /// Parses such a cell; `nil` if it does not cover each release.
    private static func texts(in cell: String) -> [Release: String]? {
        var texts: [Release: String] = [:]
        for part in cell.split(separator: "; ") {
            let words = part.split(separator: ": ", maxSplits: 1)
            guard words.count == 2 else { break }
            for name in words[0].split(separator: ", ") {
                guard let release = Release.allCases.first(where: { $0.testDescription == name }) else { return nil }
                texts[release] = String(words[1])
            }
        }
        if texts.isEmpty { return Dictionary(uniqueKeysWithValues: Release.allCases.map { ($0, cell) }) }
        return texts.count == Release.allCases.count ? texts : nil
    }

    private static func rows(of text: String) -> [[String]] {
        text.split(separator: "\n").filter { $0.hasPrefix("| ") && $0.hasSuffix(" |") }
            .map { $0.dropFirst(2).dropLast(2).split(separator: " | ").map(String.init) }
    }
}
