import Glibc
import Testing

/// A program contains only what the products that it uses need: each library costs memory, and time at the start.
@Suite struct SmallProgramTests {
    /// The example Hello, built in a package of its own that uses FastCGI and Sendfile and disables the traits.
    private struct Program {
        let symbols: String
        /// The packages that were resolved for it.
        let packages: [String]

        static let built = Result { try Program() }

        private init() throws {
            let directory = try Workspace.shared.makeDirectory("small")
            let package = CodeBlock.package
            let name = package.split(separator: "/").last ?? ""
            try Files.makeDirectory("\(directory)/Sources")
            try Files.makeDirectory("\(directory)/Sources/Hello")
            for file in try Files.names(in: "\(package)/Examples/Hello") where file.hasSuffix(".swift") {
                try Files.write(
                    Files.text("\(package)/Examples/Hello/\(file)"), to: "\(directory)/Sources/Hello/\(file)")
            }
            try Files.write(
                """
                // swift-tools-version: 6.2
                import PackageDescription

                let package = Package(
                    name: "hello", dependencies: [.package(path: "\(package)", traits: [])],
                    targets: [
                        .executableTarget(
                            name: "Hello",
                            dependencies: [
                                .product(name: "FastCGI", package: "\(name)"), .product(name: "Sendfile", package: "\(name)"),
                            ])
                    ])
                """, to: "\(directory)/Package.swift")
            _ = try Self.output(["swift", "build", "--package-path", directory], log: "\(directory)/build.log")
            self.symbols = try Self.output(["nm", "\(directory)/.build/debug/Hello"], log: "\(directory)/symbols")
            self.packages = try Files.text("\(directory)/Package.resolved")
                .matches(of: /"identity" : "([^"]*)"/).map { String($0.output.1) }
        }

        /// The output of a command.
        private static func output(_ command: [String], log: String) throws -> String {
            var environment: [String: String] = [:]
            for name in ["HOME", "PATH"] { environment[name] = getenv(name).map { String(cString: $0) } }
            let process = try ChildProcess(command, environment: environment, log: log)
            guard try process.waitForEnd(seconds: 900) == .exited(0) else { throw Failure(try Files.text(log)) }
            return try Files.text(log)
        }
    }

    @Test(
        "A program with FastCGI and Sendfile neither contains nor uses the libraries of other products",
        arguments: [
            "FoundationEssentials", "Foundation", "AsyncAlgorithms", "Configuration", "ServiceLifecycle", "UnixSignals",
            "DequeModule", "OrderedCollections", "Crypto", "ArgumentParser", "Subprocess", "NIOCore", "Hummingbird",
        ])
    func modules(_ module: String) throws {
        let symbols = try Program.built.get().symbols
        // A mangled name begins with the module's. Hello uses these two products and no other.
        #expect(symbols.contains("$s7FastCGI") && symbols.contains("$s8Sendfile"))
        #expect(!symbols.contains("$s\(module.utf8.count)\(module)"), "\(module) is part of the program")
    }

    @Test(
        "A package with FastCGI and Sendfile that disables the traits resolves neither Hummingbird, async-http-client nor swift-nio"
    )
    func packages() throws {
        let packages = try Program.built.get().packages
        #expect(packages.contains("swift-http-types") && packages.contains("swift-log"))
        #expect(
            !packages.contains { ["hummingbird", "async-http-client"].contains($0) || $0.hasPrefix("swift-nio") },
            "\(packages)")
    }
}
