/// An article of the catalogue SignedLinks that begins with "From": the lines of a site before and after its change to
/// the gate.
struct MigrationPage {
    /// The article's name.
    let name: String
    private let text: String

    init(_ name: String) throws {
        self.name = name
        self.text = try Files.text("\(CodeBlock.package)/Sources/SignedLinks/Documentation.docc/\(name).md")
    }

    /// The text below a heading, up to the next heading of its kind.
    func section(_ heading: String) throws -> String {
        let parts = self.text.split(separator: "\n## ", omittingEmptySubsequences: false)
        guard let section = parts.first(where: { $0.hasPrefix("\(heading)\n") }) else {
            throw Failure("\(self.name) has no heading \"\(heading)\"")
        }
        return String(section)
    }

    /// The blocks in a language below a heading.
    func blocks(_ language: String, below heading: String) throws -> [String] {
        try CodeBlock.blocks(in: self.section(heading), of: self.name).filter { $0.language == language }.map(\.text)
    }

    /// A block in a language below a heading.
    func block(_ language: String, below heading: String, _ index: Int = 0) throws -> String {
        let blocks = try self.blocks(language, below: heading)
        guard index < blocks.count else {
            throw Failure("\(self.name) has \(blocks.count) blocks of \(language) below \"\(heading)\"")
        }
        return blocks[index]
    }

    /// The lines `NAME=value` of the gate's settings below "After".
    func settings() throws -> [String: String] {
        var settings: [String: String] = [:]
        for line in try self.block("text", below: "After").split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { throw Failure("\(self.name): not a setting: \(line)") }
            settings[String(parts[0])] = String(parts[1])
        }
        return settings
    }

    /// The secret file below "After".
    func secrets() throws -> String { try self.block("text", below: "After", 1) }
}
