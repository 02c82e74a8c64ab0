import Testing

/// The articles' Swift blocks compile as they are.
@Suite(.serialized) struct SwiftBlockTests {
    /// Warnings about fragments, which are not complete programs.
    private static let saidOfFragments = [
        "never used", "never mutated", "never read", "is unused", "will never be executed",
    ]

    @Test("Every Swift block of articles and comments compiles without a warning") func blocks() throws {
        let compiler = try SwiftCompiler()
        let directory = try Workspace.shared.makeDirectory("blocks")
        var units = try SwiftUnit.all.enumerated().makeIterator()
        var running: [(unit: SwiftUnit, process: ChildProcess)] = []
        var count = 0
        repeat {
            // As many in parallel as the smallest machines have processors.
            while running.count < 4, let (index, unit) = units.next() {
                let place = "\(directory)/\(index)"
                try Files.makeDirectory(place)
                let process = try compiler.check(unit.write(into: place), log: "\(place)/log")
                running.append((unit, process))
                count += unit.blocks.count
            }
            guard !running.isEmpty else { break }
            let (unit, process) = running.removeFirst()
            let end = try process.waitForEnd(seconds: 300)
            let log = try Files.text(process.log)
            let faults = Self.diagnostics(log).filter { fault in
                !unit.hasFragments || !Self.saidOfFragments.contains(where: fault.contains)
            }
            #expect(end == .exited(0) && faults.isEmpty, "\(unit.testDescription)\n\(log)")
        } while true
        #expect(count > 25, "hardly any block was found")
    }

    private static func diagnostics(_ log: String) -> [Substring] {
        log.split(separator: "\n").filter { $0.contains(" error: ") || $0.contains(" warning: ") }
    }

    @Test("A block that does not compile is reported with the article's line", arguments: [true, false])
    func fault(_ isFragment: Bool) throws {
        let text = isFragment ? "\nlet x: Int = sendfile\n" : "import Sendfile\nlet x: Int = nothing\n"
        let block = CodeBlock(article: "Article.md", line: 7, language: "swift", text: text)
        let directory = try Workspace.shared.makeDirectory("fault")
        let process = try SwiftCompiler().check(
            SwiftUnit(block).write(into: directory), log: "\(directory)/log")
        #expect(try process.waitForEnd(seconds: 300) != .exited(0))
        #expect(try Files.text(process.log).contains("Article.md:8:"))
    }
}
