import Testing

/// Blocks of one article that are compiled together, because later blocks may use declarations of earlier ones.
///
/// A block with imports is a complete file. A block without imports is the body of a function that can use ``given``. A
/// complete file that repeats a declaration starts a new unit.
struct SwiftUnit: Sendable, CustomTestStringConvertible {
    private(set) var blocks: [CodeBlock]

    /// The declarations that a block without imports may use.
    static let given = """
        request: Request, sendfile: Sendfile, links: SignedLinks, site: HandlerTest, now: Int64, secret: String,
        user: String, path: String, query: String, bytes: [UInt8], store: ObjectStore
        """

    private static let imports = [
        "Configuration", "FastCGI", "FastCGITesting", "Glibc", "GrantLedgerSQLite", "GrantLedgerValkey", "HTTPTypes",
        "Logging",
        "ObjectStorage",
        "ObjectStorageClient", "Sendfile",
        "SignedLinks",
        "SignedLinksCDN", "SignedLinksHTTP",
        "SystemPackage", "Testing",
    ]

    init(_ blocks: CodeBlock...) { self.blocks = blocks }

    var testDescription: String { self.blocks.map(\.testDescription).joined(separator: ", ") }

    /// Whether a part is not a complete file; its declarations may be unused.
    var hasFragments: Bool { !self.blocks.allSatisfy(\.isSwiftFile) }

    /// The units of all articles and of the libraries' comments.
    static var all: [SwiftUnit] {
        get throws {
            let articles = try CodeBlock.articles.flatMap { try Self.units(of: CodeBlock.blocks(of: $0)) }
            let comments = try CodeBlock.comments.flatMap { Self.units(of: [$0]) }
            return articles + comments
        }
    }

    private static func units(of blocks: [CodeBlock]) -> [SwiftUnit] {
        var units: [SwiftUnit] = []
        var declared: Set<Substring> = []
        for block in blocks where block.language == "swift" && !block.isManifest {
            let names = block.isSwiftFile ? block.declaredNames : []
            if units.isEmpty || !declared.isDisjoint(with: names) {
                units.append(SwiftUnit())
                declared = []
            }
            declared.formUnion(names)
            units[units.count - 1].blocks.append(block)
        }
        return units
    }

    /// Writes the files and returns their paths.
    func write(into directory: String) throws -> [String] {
        try self.blocks.map { block in
            let path = "\(directory)/Block\(block.line).swift"
            try Files.write(Self.file(block), to: path)
            return path
        }
    }

    /// The diagnostics name the article and its line.
    private static func file(_ block: CodeBlock) -> String {
        let location = "#sourceLocation(file: \"\(block.article)\", line: \(block.line))\n"
        if block.isSwiftFile { return location + block.text }
        let imports = Self.imports.map { "import \($0)\n" }.joined()
        if block.isDeclaration { return imports + location + block.text }
        return """
            \(imports)
            func fragment\(block.line)(
            \(Self.given)
            ) async throws -> Response {
            \(location)\(block.text)#sourceLocation()
            throw CancellationError()
            }
            """
    }
}

extension CodeBlock {
    /// Whether the block is a complete file.
    var isSwiftFile: Bool {
        let code = self.text.split(separator: "\n").first { !$0.hasPrefix("//") }
        return code?.contains(/^(public |@testable )?import\b/) ?? false
    }

    /// Whether the block is a `Package.swift` or a part of one.
    var isManifest: Bool { self.text.contains(/\.package\(|\.product\(name:|import PackageDescription/) }

    /// Whether the block is only valid outside of functions.
    fileprivate var isDeclaration: Bool { self.text.contains(/^(\/\/.*\n)*(@main|@Test|@Suite|extension|protocol)\b/) }

    /// The types and functions that a file declares, and `@main`.
    fileprivate var declaredNames: Set<Substring> {
        let declaration =
            /(?m)^(?:@\S+ )*(?:(?:public|final|private) )*(?:struct|class|enum|actor|protocol|func|let|var) (?<name>\w+)/
        let declarations = self.text.matches(of: declaration)
        return Set(declarations.map(\.output.name) + (self.text.contains("@main") ? ["@main"] : []))
    }
}
