import Glibc
import Testing

/// A build for another system than Linux stops with one sentence.
@Suite struct PlatformTests {
    @Test(
        "The build stops on another system than Linux",
        arguments: ["arm64-apple-macosx15.0", "x86_64-unknown-freebsd14"])
    func otherSystem(_ target: String) throws {
        let errors = try Self.errors(target)
        #expect(errors.count == 1, "\(errors)")
        #expect(errors.first?.contains("swift-sendfile builds on Linux only, because") == true, "\(errors)")
    }

    @Test("The build does not stop on Linux") func linux() throws {
        #expect(try Self.errors("x86_64-unknown-linux-gnu").isEmpty)
        #expect(try Self.errors("aarch64-unknown-linux-gnu").isEmpty)
    }

    @Test("Every library of the package depends on the file with that sentence") func order() throws {
        let manifest = try Files.text("\(CodeBlock.package)/Package.swift")
        // These two targets make all products depend on that file, because everything else depends on one of them.
        for target in ["Sendfile", "SignedLinks"] {
            let start = try #require(
                manifest.firstRange(of: "            name: \"\(target)\",\n            dependencies: ["))
            #expect(manifest[start.upperBound...].prefix { $0 != "]" }.contains("\"SendfileBasics\""), "\(target)")
        }
    }

    /// The errors that the compiler finds in the file. Without the standard library, it needs no files of the other
    /// system.
    private static func errors(_ target: String) throws -> [Substring] {
        let log = "\(try Workspace.shared.makeDirectory("platform"))/log"
        let process = try ChildProcess(
            [
                "/usr/bin/env", "swiftc", "-frontend", "-typecheck", "-parse-stdlib", "-diagnostic-style", "llvm",
                "-target", target,
                "\(CodeBlock.package)/Sources/SendfileBasics/Platform.swift",
            ], environment: ["PATH": getenv("PATH").map { String(cString: $0) } ?? ""], log: log)
        _ = try process.waitForEnd(seconds: 60)
        return try Files.text(log).split(separator: "\n").filter { $0.contains(": error: ") }
    }
}
