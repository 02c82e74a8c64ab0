import Sendfile
import Testing

/// A table of an article about objects that tests fill: a row for a question, a column for a route.
final class ObjectTable: Sendable {
    private let section: GeneratedSection
    private let heading: String
    private let columns: [String]
    private let rows: [String]
    private let cells = Locked<[String: [String: String]]>([:])

    init(_ name: String, filter: String, heading: String, columns: [String], rows: [String]) {
        self.section = GeneratedSection(
            article: "Sources/ObjectStorage/Documentation.docc/ServingObjects.md", name: name, filter: filter)
        (self.heading, self.columns, self.rows) = (heading, columns, rows)
    }

    func set(_ text: String, row: String, column: String) {
        self.cells.withLock { $0[row, default: [:]][column] = text }
    }

    /// Writes the section, or compares it. A run of some of the tests leaves cells empty, and checks nothing.
    func check() throws {
        // The tables are those of OpenStack Swift.
        guard !ObjectStoreServer.isCeph else { return }
        let cells = self.cells.withLock { $0 }
        let lines = self.rows.map { row in self.columns.compactMap { cells[row]?[$0] } }
        guard lines.allSatisfy({ $0.count == self.columns.count }) else { return }
        try self.section.check(
            GeneratedSection.table([self.heading] + self.columns, zip(self.rows, lines).map { [$0] + $1 }))
    }
}

/// Checks a table after the tests that fill it.
struct CheckingObjectTable: SuiteTrait, TestScoping {
    let table: ObjectTable

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await function()
        try self.table.check()
    }
}

extension Trait where Self == CheckingObjectTable {
    /// Checks a table at the end of the suite.
    static func checking(_ table: ObjectTable) -> Self { CheckingObjectTable(table: table) }
}
