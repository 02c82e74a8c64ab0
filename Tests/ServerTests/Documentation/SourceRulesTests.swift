import Testing

/// The workgroup's rules for code that traps, as `.github/WORKGROUP.md` promises them.
@Suite struct SourceRulesTests {
    /// A line of code, without a comment.
    private struct Line {
        let place: String
        let text: String
        /// The two lines above it.
        let above: [Substring]
    }

    /// Every line of code below `Sources`.
    private static func lines() throws -> [Line] {
        let directory = try Workspace.shared.makeDirectory("sources")
        let list = "\(directory)/list"
        let find = try ChildProcess(["find", "\(CodeBlock.package)/Sources", "-name", "*.swift"], log: list)
        guard try find.waitForEnd() == .exited(0) else { throw Failure(try Files.text(list)) }
        var all: [Line] = []
        for file in try Files.text(list).split(separator: "\n") {
            let lines = try Files.text(String(file)).split(separator: "\n", omittingEmptySubsequences: false)
            let name = String(file.split(separator: "/").last ?? "")
            for index in lines.indices {
                let text = String(lines[index].drop { $0 == " " })
                guard !text.hasPrefix("//") else { continue }
                all.append(
                    Line(place: "\(name):\(index + 1)", text: text, above: Array(lines[max(0, index - 2)..<index])))
            }
        }
        return all
    }

    @Test("The sources throw errors instead of ending the program") func errors() throws {
        let lines = try Self.lines()
        #expect(lines.count > 10_000)
        // An illegal transition of a connection ends a debug build.
        for line in lines where !line.text.hasPrefix("if self.trapsOnFaults {") {
            let traps = line.text.contains(/\b(try!|as!|fatalError\(|unsafeBitCast\()/)
            #expect(!traps, "\(line.place): \(line.text)")
        }
    }

    @Test("A force unwrap is that of a constant, a buffer or a callback's context, or a comment states its condition")
    func forceUnwraps() throws {
        var count = 0
        for line in try Self.lines() {
            // Text between quotation marks is not code, except the name of a header field.
            let code = line.text.replacing(/HTTPField\.Name\("[A-Za-z0-9-]+"\)!/, with: "")
                .replacing(/"[^"]*"/, with: "")
            let unwraps = code.matches(of: /[\w\])]!(?!=)/).count
            let allowed = code.matches(of: /\.baseAddress!|fromOpaque\(context!\)/).count
            count += unwraps
            guard unwraps > allowed else { continue }
            let isExplained = line.above.contains { $0.contains("// ") }
            #expect(isExplained, "\(line.place): \(line.text)")
        }
        #expect(count > 10)
    }
}
