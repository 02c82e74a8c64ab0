import Testing

/// The packages below Tests, which no test builds: those of the fuzzer, the benchmarks and Hummingbird's suites.
@Suite(.serialized) struct OtherPackageTests {
    struct Package: CustomTestStringConvertible {
        /// The directories of a module's files.
        typealias Module = (name: String, directories: [String], hasPackageAccess: Bool)

        let name: String
        /// The directories of module maps of C headers.
        var headers: [String] = []
        /// Each one may import those before it.
        let modules: [Module]

        var testDescription: String { self.name }

        static let all = [
            Package(
                name: "Fuzzing", headers: ["Fuzzing/Sources/CFuzzer"],
                modules: [
                    ("GateReaders", ["Fuzzing/Sources/GateReaders"], true),
                    ("ExampleReaders", ["Fuzzing/Sources/ExampleReaders"], true),
                    ("fuzz", ["Fuzzing/Sources/fuzz"], false),
                ]),
            Package(name: "Benchmarks", modules: [("responder", ["Benchmarks/Sources/responder"], false)]),
            Package(name: "Router", modules: [("router", ["Benchmarks/Router/Sources/router"], false)]),
            Package(
                name: "HummingbirdSuites",
                modules: [("Suites", ["HummingbirdSuites/Harness", "HummingbirdSuites/Names"], false)]),
        ]
    }

    @Test("A package below Tests compiles with the present libraries", arguments: Package.all)
    func compiles(_ package: Package) throws {
        let compiler = try SwiftCompiler()
        let headers = package.headers.map { "\(CodeBlock.package)/Tests/\($0)" }
        let place = try Workspace.shared.makeDirectory("package")
        for module in package.modules {
            let files = try module.directories.flatMap { directory in
                let path = "\(CodeBlock.package)/Tests/\(directory)"
                return try Files.names(in: path).filter { $0.hasSuffix(".swift") }.map { "\(path)/\($0)" }
            }
            let process = try compiler.emit(
                module.name, of: files, package: module.hasPackageAccess ? Self.packageName : nil, headers: headers,
                into: place,
                log: "\(place)/\(module.name).log")
            let end = try process.waitForEnd(seconds: 300)
            let log = try Files.text(process.log)
            #expect(end == .exited(0) && !files.isEmpty, "\(log)")
        }
    }

    /// The name that SwiftPM gives this package: that of its directory.
    private static var packageName: String {
        let directory = CodeBlock.package.split(separator: "/").last ?? ""
        return directory.lowercased().map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    }
}
