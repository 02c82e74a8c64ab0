/// A finished run of sendfile-gate.
struct GateRun {
    let end: ChildProcess.End
    /// The standard output and the standard error.
    let output, errors: String

    /// Runs the program, as a user other than root if `asServer`.
    init(_ arguments: [String], environment: [String: String] = [:], asServer: Bool = false) throws {
        let directory = try Workspace.shared.makeDirectory("run")
        let user = asServer ? ChildProcess.asServer : []
        let process = try ChildProcess(
            user + ["sh", "-c", "exec 2>\"$0\"; exec \"$@\"", "\(directory)/errors", try Workspace.shared.gate]
                + arguments,
            environment: ChildProcess.plainEnvironment.merging(environment) { $1 }, log: "\(directory)/output")
        self.end = try process.waitForEnd()
        self.output = try Files.text("\(directory)/output")
        self.errors = try Files.text("\(directory)/errors")
    }
}
