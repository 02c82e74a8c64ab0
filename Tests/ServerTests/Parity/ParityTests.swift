import Testing

extension ServerTests {
    /// The same request has the same response, whichever web server sends the bytes. The reference is the program
    /// without a web server, which streams.
    @Suite(.serialized, .showingParityTable) struct ParityTests {
        private static let tables: [(title: String, rows: ParityComparison.Rows)] = [
            ("Questions", Question.all.map { ($0.title, [$0]) }), ("Names", Question.names),
            ("Forbidden names", Question.forbidden),
        ]

        @Test("The exceptions name existing rows")
        func exceptions() {
            let titles = Set(Self.tables.flatMap { $0.rows.map(\.title) })
            for exception in ParityException.all { #expect(exception.rows?.isSubset(of: titles) ?? true) }
        }

        @Test(
            "Every request has the same response, names return their own bytes, and other paths return 404",
            arguments: Delivery.allWithBothWalls)
        func besideTheTests(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                for table in Self.tables {
                    try ParityComparison.fill(table.title, table.rows, delivery, at: site)
                }
            }
        }

        @Test(
            "Every request has the same response on machines of each release", .onMachines,
            arguments: Delivery.onMachines)
        func onMachines(_ delivery: Delivery) throws {
            try withLogs(of: MachineSite(delivery)) { site in
                for table in Self.tables {
                    try ParityComparison.fill(table.title, table.rows, delivery, at: site)
                }
            }
        }
    }
}
