import Glibc

/// The C compiler of the Swift toolchain.
enum CCompiler {
    /// Compiles a source file of the package to `file`.
    static func compile(_ source: String, _ options: [String], to file: String) throws {
        let log = "\(file).log"
        let compiler = try ChildProcess(
            ["clang", "-o", file, "\(CodeBlock.package)/\(source)"] + options,
            environment: ["PATH": String(cString: getenv("PATH"))], log: log)
        guard try compiler.waitForEnd() == .exited(0) else { throw Failure(try Files.text(log)) }
    }
}
