import Glibc
import Testing

/// The package manager accepts the articles' fragments of a `Package.swift`.
@Suite struct ManifestTests {
    /// The blocks, completed to manifests.
    private static var manifests: [CodeBlock] {
        get throws { try CodeBlock.all.filter { $0.language == "swift" && $0.isManifest } }
    }

    @Test("A fragment of a manifest names existing dependencies and products", arguments: try Self.manifests)
    func manifest(_ block: CodeBlock) throws {
        let directory = try Workspace.shared.makeDirectory("manifest")
        try Files.write(Self.whole(block.text), to: "\(directory)/Package.swift")
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let log = "\(directory)/dump"
        let process = try ChildProcess(
            [
                "swift", "package", "--package-path", directory, "--cache-path", "\(directory)/cache",
                "--disable-dependency-cache", "dump-package",
            ], environment: ["PATH": path, "HOME": directory], log: log)
        let end = try process.waitForEnd(seconds: 120)
        let said = try Files.text(log)
        #expect(end == .exited(0), "\(said)")

        let own = try Self.products(inManifest: Files.text("\(CodeBlock.package)/Package.swift"))
        for product in Self.products(named: block.text) { #expect(own.contains(product), "no product \(product)") }
        #expect(block.text.contains("swift-sendfile"))
    }

    @Test(
        "A small product depends only on what it needs",
        arguments: [
            ("Sendfile", ["CLinux", "HTTPTypes", "Logging", "SendfileBasics", "SystemPackage"]),
            (
                "FastCGI",
                [
                    "CFastCGI", "CLinux", "CoreMetrics", "HTTPTypes", "Instrumentation", "Logging", "Sendfile",
                    "SendfileBasics",
                    "SystemPackage", "Tracing",
                ]
            ),
            ("ObjectStorage", ["Crypto", "HTTPTypes", "Logging", "Sendfile", "SendfileBasics"]),
            ("SignedLinks", ["Crypto", "SendfileBasics"]), ("GrantLedgerSQLite", ["CSQLite", "SignedLinks"]),
            ("GrantLedgerValkey", ["Crypto", "SendfileBasics", "SignedLinks"]),
            ("SignedLinksCDN", ["Crypto", "SendfileBasics", "SendfileJSON", "SignedLinks", "_CryptoExtras"]),
            ("SignedLinksHTTP", ["HTTPTypes", "SignedLinks"]),
        ])
    func dependencies(_ target: String, _ expected: [String]) throws {
        let manifest = try Files.text("\(CodeBlock.package)/Package.swift")
        let start = try #require(
            manifest.firstRange(of: "            name: \"\(target)\",\n            dependencies: ["))
        let list = manifest[start.upperBound...].prefix { $0 != "]" }.replacing(/, package: "[^"]*"/, with: "")
        #expect(list.matches(of: /"([^"]*)"/).map { String($0.output.1) }.sorted() == expected)
        // A target of the package without dependencies.
        #expect(manifest.contains(".target(name: \"SendfileBasics\", swiftSettings: settings)"))
    }

    private static func whole(_ text: String) -> String {
        if text.contains("let package") { return text }
        let code = text.split(separator: "\n").first { !$0.hasPrefix("//") } ?? ""
        let arguments =
            if code.contains(/^\.package\(/) {
                "dependencies: [\(text)]"
            } else if code.contains(/^\.product\(/) {
                "targets: [.executableTarget(name: \"example\", dependencies: [\(text)])]"
            } else if code.contains(/^\.\w*[tT]arget\(/) {
                "targets: [\(text)]"
            } else {
                text
            }
        return """
            // swift-tools-version: 6.2
            import PackageDescription

            let package = Package(name: "example", \(arguments))
            """
    }

    /// The products of this package that a manifest depends on.
    private static func products(named text: String) -> [String] {
        text.matches(of: /\.product\(\s*name: "([^"]*)",\s*package: "swift-sendfile"\s*\)/).map { String($0.output.1) }
    }

    private static func products(inManifest text: String) throws -> Set<String> {
        Set(text.matches(of: /\.(?:library|executable)\(name: "([^"]*)"/).map { String($0.output.1) })
    }
}
