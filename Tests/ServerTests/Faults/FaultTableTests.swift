import Glibc
import Testing

extension ServerTests {
    /// The table of faults: each row is run, or names the tests that show it.
    @Suite(.serialized) struct FaultTableTests {
        @Test(
            "A fault has the effect of its row, and leaves nothing behind", arguments: FaultTable.rows.filter(\.isRun))
        func run(_ fault: Fault) throws {
            guard case .run(let run) = fault.proof else { return }
            let site = try FaultRun()
            let response = try run(site)
            #expect(response == fault.response)
            try site.finish(fault)
        }

        @Test("The tests that a row names exist")
        func names() throws {
            var titles: Set<String> = []
            for file in try Self.testFiles("\(CodeBlock.package)/Tests") {
                let suite = file.split(separator: "/").last?.dropLast(".swift".count) ?? ""
                let text = try Files.text(file)
                for match in text.matches(of: #/@Test\(\s*"((?:[^"\\]|\\.)*)"/#) {
                    titles.insert("\(suite): \(match.1)")
                }
            }
            #expect(titles.count > 1000)
            for fault in FaultTable.rows {
                guard case .tests(let names) = fault.proof else { continue }
                #expect(!names.isEmpty)
                for name in names { #expect(titles.contains(name), "\(fault.what): no test \(name)") }
            }
        }

        @Test("The table in the article is that of the tests")
        func article() throws {
            #expect(FaultTable.rows.count >= 40)
            #expect(Set(FaultTable.rows.map(\.what)).count == FaultTable.rows.count)
            for part in FaultTable.parts {
                try GeneratedSection(
                    article: "Sources/FastCGI/Documentation.docc/WhatHappensWhen.md", name: part.name,
                    filter: "FaultTable"
                ).check(
                    GeneratedSection.table(
                        ["fault", "response to the client", "the program's log"],
                        part.rows.map { [$0.what, $0.response, $0.log] }))
            }
        }

        private static func testFiles(_ directory: String) throws -> [String] {
            try Files.names(in: directory).flatMap { name -> [String] in
                let path = "\(directory)/\(name)"
                if name.hasSuffix(".swift") { return [path] }
                var status = stat()
                let isDirectory = lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
                return isDirectory && !name.hasPrefix(".") ? try self.testFiles(path) : []
            }
        }
    }
}
