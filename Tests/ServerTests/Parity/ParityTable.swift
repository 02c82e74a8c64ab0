import Glibc
import Synchronization
import Testing

/// The results of the comparisons: one row per request, one column per delivery.
final class ParityTable: Sendable {
    static let shared = ParityTable()

    enum Cell: Equatable {
        case equal
        /// Differs only as the exceptions with these numbers permit.
        case excepted([Int])
        case unequal
    }

    private struct Content {
        var titles: [String] = []
        /// The rows by table title, in order.
        var rows: [String: [String]] = [:]
        var cells: [String: [String: [Delivery: Cell]]] = [:]
        var columns: [Delivery] = []
    }

    private let content = Mutex(Content())

    func set(_ cell: Cell, table: String, row: String, _ delivery: Delivery) {
        self.content.withLock { content in
            if !content.titles.contains(table) { content.titles.append(table) }
            if !content.columns.contains(delivery) { content.columns.append(delivery) }
            if content.cells[table]?[row] == nil { content.rows[table, default: []].append(row) }
            content.cells[table, default: [:]][row, default: [:]][delivery] = cell
        }
    }

    func cell(_ table: String, _ row: String, _ delivery: Delivery) -> Cell? {
        self.content.withLock { $0.cells[table]?[row]?[delivery] }
    }

    /// The table for a terminal.
    var summary: String {
        self.content.withLock { content in
            guard !content.titles.isEmpty else { return "" }
            var text = "Parity: = equal, a number an exception, ! unequal\n"
            for (index, delivery) in content.columns.enumerated() {
                text += String(repeating: "│ ", count: index) + "┌ \(delivery.testDescription)\n"
            }
            for table in content.titles { text += Self.summary(of: table, content) }
            return text + ParityException.all.enumerated().map { "\($0 + 1): \($1.reason)\n" }.joined()
        }
    }

    /// Rows with equal results are counted; the few others are listed.
    private static func summary(of table: String, _ content: Content) -> String {
        var patterns: [String] = []
        var rows: [String: [String]] = [:]
        for row in content.rows[table] ?? [] {
            let pattern = content.columns.map { Self.mark(content.cells[table]?[row]?[$0]) }.joined(separator: " ")
            if rows[pattern] == nil { patterns.append(pattern) }
            rows[pattern, default: []].append(row)
        }
        return patterns.map { pattern in
            let titles = rows[pattern] ?? []
            guard titles.count > 3, !pattern.contains("!") else {
                return titles.map { "\(pattern)  \(table): \($0)\n" }.joined()
            }
            return "\(pattern)  \(table): \(titles.count) rows\n"
        }.joined()
    }

    private static func mark(_ cell: Cell?) -> String {
        switch cell {
        case .equal: "="
        case .excepted(let numbers): numbers.map { String($0 + 1) }.joined(separator: ",")
        case .unequal: "!"
        case nil: " "
        }
    }

    /// The table for a document: every row, and the reasons.
    var markdown: String {
        self.content.withLock { content in
            var text = ""
            for table in content.titles {
                text += "| \(table) |\(content.columns.map { " \($0.testDescription) |" }.joined())\n"
                text += "|---|\(content.columns.map { _ in ":-:|" }.joined())\n"
                for row in content.rows[table] ?? [] {
                    let cells = content.columns.map { content.cells[table]?[row]?[$0] }
                    text += "| <code>\(Self.escaped(row))</code> |\(cells.map { " \(Self.mark($0)) |" }.joined())\n"
                }
                text += "\n"
            }
            return text + ParityException.all.enumerated().map { "\($0 + 1). \($1.reason)\n" }.joined()
        }
    }

    private static func escaped(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "|", "\\", "`", "*", "_", "[", "]", "~", "$": "&#\(character.asciiValue ?? 0);"
            default: String(character)
            }
        }.joined()
    }
}

/// Prints the table after the tests that fill it, and writes it to the file named by `PARITY_TABLE`.
struct ShowingParityTable: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await function()
        print(ParityTable.shared.summary)
        if let path = getenv("PARITY_TABLE").map({ String(cString: $0) }), !path.isEmpty {
            try Files.write(ParityTable.shared.markdown, to: path)
        }
        try ParityTable.shared.checkSection()
    }
}

extension Trait where Self == ShowingParityTable {
    /// Prints the parity table at the end of the suite.
    static var showingParityTable: Self { ShowingParityTable() }
}
