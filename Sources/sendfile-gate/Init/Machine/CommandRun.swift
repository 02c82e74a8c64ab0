import Glibc
import Subprocess
import SystemPackage

/// A finished command of this machine.
struct CommandRun: Sendable {
    let succeeded: Bool
    /// The standard output and the standard error.
    let output: String

    /// Runs a command. `PATH` also contains the directories of root's commands, which `su` leaves out.
    ///
    /// - Returns: `nil` if the command does not exist.
    init?(_ command: [String]) async throws {
        let directories = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        let candidates: [String] = directories.map { "\($0)/\(command[0])" }
        guard let program = candidates.first(where: { (path: String) in access(path, X_OK) == 0 }) else { return nil }
        let result = try await run(
            .path(FilePath(program)), arguments: Arguments(Array(command.dropFirst())),
            environment: .inherit.updating(["PATH": directories.joined(separator: ":"), "LC_ALL": "C.UTF-8"]),
            output: .string(limit: 64 << 20), error: .combinedWithOutput)
        self.succeeded = result.terminationStatus.isSuccess
        self.output = result.standardOutput
    }

    /// Runs a command, and throws its own words if it fails.
    @discardableResult
    static func succeed(_ command: [String], failing reason: String) async throws -> String {
        let shown = command.map(\.quotedForShell).joined(separator: " ")
        guard let run = try await CommandRun(command) else {
            throw GateError(.unavailable, "\(reason): the command \(command[0]) is missing")
        }
        guard run.succeeded else {
            throw GateError(.unavailable, "\(reason): \(shown) says:\n\(run.output.trimmingLastNewline)")
        }
        return run.output
    }
}

extension String {
    fileprivate var trimmingLastNewline: Substring { self.hasSuffix("\n") ? self.dropLast() : self[...] }
}
