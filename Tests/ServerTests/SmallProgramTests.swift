import Testing

/// A program contains only what the products that it uses need: each library costs memory, and time at the start.
@Suite struct SmallProgramTests {
    @Test(
        "A program with FastCGI and Sendfile neither contains nor uses the libraries of other products",
        arguments: [
            "FoundationEssentials", "Foundation", "AsyncAlgorithms", "Configuration", "ServiceLifecycle", "UnixSignals",
            "DequeModule", "OrderedCollections", "Crypto", "ArgumentParser", "Subprocess",
        ])
    func modules(_ module: String) throws {
        let log = "\(try Workspace.shared.makeDirectory("small"))/symbols"
        let tool = try ChildProcess(["nm", "\(Workspace.built)/Hello"], log: log)
        guard try tool.waitForEnd() == .exited(0) else { throw Failure(try Files.text(log)) }
        let symbols = try Files.text(log)
        // A mangled name begins with the module's. Hello uses these two products and no other.
        #expect(symbols.contains("$s7FastCGI") && symbols.contains("$s8Sendfile"))
        let contains = symbols.contains("$s\(module.utf8.count)\(module)")
        // Hummingbird's dependencies enable a trait of swift-http-types that uses this library, in every program of a package that
        // resolves them.
        guard module != "FoundationEssentials" else {
            withKnownIssue { #expect(!contains) }
            return
        }
        #expect(!contains, "\(module) is part of the program")
    }
}
