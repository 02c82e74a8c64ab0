import FoundationEssentials
import Glibc

/// The JSON report of `sendfile-gate check`.
struct CheckReport: Decodable {
    struct Finding: Decodable {
        let check: String
        let status: String
        let title: String
        let diagnosis: String?
        let cause: String?
        let remedy: [String]
    }

    let server: String
    let failed: Int
    let findings: [Finding]

    /// `check/diagnosis` of all findings with this status, in order.
    func diagnoses(_ status: String) -> [String] {
        self.findings.filter { $0.status == status }.map { "\($0.check)/\($0.diagnosis ?? "")" }
    }

    func finding(_ check: String) -> Finding? { self.findings.first { $0.check == check } }

    var summary: String {
        self.findings.map { finding in
            ([finding.status, finding.check, finding.title, finding.cause ?? ""] + finding.remedy).joined(
                separator: " | ")
        }.joined(separator: "\n")
    }

    init(from text: String) throws {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(text.utf8))
        } catch {
            throw Failure("not the report of a check: \(text)\n\(error)")
        }
    }
}

/// Runs the built `sendfile-gate`.
enum CheckCommand {
    struct Result {
        let status: Int32
        let output: String
    }

    /// - Parameters:
    ///   - arguments: The arguments after `sendfile-gate check`.
    ///   - terminal: Whether the output is a terminal.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], terminal: Bool = false, command: String = "check"
    ) throws -> Result {
        let log = "\(try Workspace.shared.makeDirectory("check-log"))/output"
        let call = [try Workspace.shared.gate, command] + arguments
        let environment = ChildProcess.plainEnvironment.merging(environment) { $1 }
        // script(1) provides a terminal.
        let quoted = call.map { "'\($0)'" }.joined(separator: " ")
        let process = try ChildProcess(
            terminal ? ["script", "--quiet", "--return", "--command", quoted, "/dev/null"] : call,
            environment: environment, log: log)
        guard case .exited(let status) = try process.waitForEnd(seconds: 120) else {
            throw Failure("sendfile-gate was killed: \(try Files.text(log))")
        }
        return Result(status: status, output: try Files.text(log))
    }
}
