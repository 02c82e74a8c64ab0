import Testing

extension ServerTests {
    @Suite struct ReleaseTableTests {
        private static func table(_ cell: [Release: String]) -> ReleaseTable {
            var table = ReleaseTable(head: ["what", "server"], titles: 1)
            table.append(["`Vary`"], [cell])
            return table
        }

        private static func written(_ cell: String) -> String {
            GeneratedSection.table(["what", "server"], [["`Vary`", cell]])
        }

        @Test(
            "Releases that agree share a text, others have their own",
            arguments: [
                ([.bookworm: "kept", .trixie: "kept", .forky: "kept"], "kept"),
                (
                    [.bookworm: "kept", .trixie: "kept", .forky: "lost, so streamed"],
                    "Debian 12, Debian 13: kept; Debian testing: lost, so streamed"
                ),
                (
                    [.bookworm: "kept", .trixie: "replaced", .forky: "lost"],
                    "Debian 12: kept; Debian 13: replaced; Debian testing: lost"
                ),
            ] as [([Release: String], String)])
        func split(_ cell: [Release: String], _ text: String) throws {
            #expect(try Self.table(cell).completed(from: "") == Self.written(text))
        }

        @Test(
            "A release that was not asked keeps its text",
            arguments: [
                ("kept", "Debian 12: lost; Debian 13, Debian testing: kept"),
                (
                    "Debian 12, Debian 13: kept; Debian testing: lost",
                    "Debian 12, Debian testing: lost; Debian 13: kept"
                ),
                ("Debian 12: kept; Debian 13, Debian testing: lost", "lost"),
            ])
        func kept(_ old: String, _ new: String) throws {
            let table = Self.table([.bookworm: "lost"])
            #expect(try table.completed(from: Self.written(old)) == Self.written(new))
        }

        @Test(
            "A row that is new for a release that was not asked is an error",
            arguments: [
                "", Self.written("Debian 12: kept"), Self.written("Debian 11, Debian 12: kept; Debian 13: lost"),
            ])
        func new(_ written: String) {
            #expect(throws: Failure.self) { try Self.table([.bookworm: "lost"]).completed(from: written) }
        }
    }
}
