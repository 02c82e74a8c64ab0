import Subprocess
import SystemPackage

/// Asks a web server by way of the program curl, which knows TLS, proxies and HTTP/2, and leaves a path as it is written.
struct Curl: Sendable {
    /// How long one answer may take, in seconds.
    let timeout: Int
    /// Whether a certificate that nobody vouches for is good enough.
    let isInsecure: Bool
    /// The file that bodies are compared with.
    let file: FileDescriptor

    /// Asks.
    ///
    /// - Throws: ``CheckFailure`` if no answer came: the server cannot be reached, or there is no curl.
    func ask(_ question: Question) async throws -> Answer {
        try await self.ask(question, comparingWith: self.file)
    }

    func ask(_ question: Question, comparingWith file: FileDescriptor) async throws -> Answer {
        // Headers and the URL hold secrets: they go by way of standard input and not where every user sees them.
        let configuration = CurlConfiguration(question, timeout: self.timeout, isInsecure: self.isInsecure).text
        var reader = AnswerReader()
        var comparison = BodyComparison(with: file, from: question.offset)
        var isCut = false
        let result: ExecutionResult<Void, SequenceOutput, StringOutput<UTF8>>
        do {
            result = try await run(
                .name("curl"), arguments: ["--disable", "--config", "-"], input: .string(configuration),
                output: .sequence, error: .string(limit: 65_536)
            ) { execution in
                for try await buffer in execution.standardOutput where !isCut {
                    try comparison.take(reader.take(buffer.withUnsafeBytes { Array($0) }))
                    if let enough = question.enough, comparison.length >= enough {
                        isCut = true
                        try execution.send(signal: .kill)
                    }
                }
            }
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw CheckFailure(.noCurl, "there is no curl in PATH, which asks the server; install it: apt install curl")
        }
        var answer = Answer(question: question, status: reader.status, fields: reader.fields)
        answer.length = comparison.length
        answer.beginning = comparison.beginning
        answer.difference = comparison.difference
        answer.isCut = isCut
        if !isCut, result.terminationStatus != .exited(0) {
            let words = Self.words(result.standardError, result.terminationStatus)
            guard answer.status != 0 || Self.wasConnected(result.terminationStatus, words) else {
                throw CheckFailure(.unreachable, "\(question.url.origin) does not answer: \(words)")
            }
            answer.problem = words
        }
        return answer
    }

    /// Whether a server took the question and gave no answer: curl's codes for nothing, for an error while receiving, and for a
    /// time limit that was not the one for connecting.
    private static func wasConnected(_ status: TerminationStatus, _ words: String) -> Bool {
        switch status {
        case .exited(52), .exited(56): true
        case .exited(28): words.contains("Operation timed out")
        default: false
        }
    }

    /// What curl says about a failure.
    private static func words(_ text: String?, _ status: TerminationStatus) -> String {
        // It goes on about certificates for some lines.
        let line = text?.split(separator: "\n").first { $0.hasPrefix("curl: (") }.map(String.init) ?? ""
        return line.isEmpty ? "curl ended with \(status)" : line
    }
}

/// Why nothing could be checked.
struct CheckFailure: Error, CustomStringConvertible {
    enum Code {
        case noCurl
        case unreachable
        case unusable
        /// No file can be made beside the one that is checked.
        case unwritable
    }

    let code: Code
    let description: String

    init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}
