import Subprocess
import SystemPackage

/// Sends requests with the program curl, which supports TLS, proxies and HTTP/2, and does not normalize paths.
struct Curl: Sendable {
    /// The time limit for one response, in seconds.
    let timeout: Int
    /// Whether to accept an untrusted certificate.
    var isInsecure: Bool
    /// The address to connect to, if not that of the URL's host.
    var address: String?
    /// The file that response bodies are compared with.
    let file: FileDescriptor

    /// Sends a request.
    ///
    /// - Throws: ``CheckFailure`` if no response was received: the server cannot be reached, or curl is missing.
    func ask(_ question: Question) async throws -> Answer {
        try await self.ask(question, comparingWith: self.file)
    }

    /// Whether curl can write the peer's address to standard error: since version 7.63.
    static var knowsPeer: Bool {
        get async {
            let result = try? await run(
                .name("curl"), arguments: ["--version"], output: .string(limit: 65_536), error: .discarded)
            // "curl 7.88.1 (x86_64-pc-linux-gnu) …"
            let words = (result?.standardOutput ?? "").split(separator: " ")
            let version = words.count > 1 ? words[1].split(separator: ".").compactMap { Int($0) } : []
            return version.count > 1 && (version[0], version[1]) >= (7, 63)
        }
    }

    func ask(_ question: Question, comparingWith file: FileDescriptor) async throws -> Answer {
        // Header fields and the URL contain secrets. Pass them on standard input, because every user can see arguments.
        let configuration = CurlConfiguration(
            question, timeout: self.timeout, isInsecure: self.isInsecure, address: self.address
        ).text
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
            throw CheckFailure(.noCurl, "curl is not in PATH; install it: apt install curl")
        }
        var answer = Answer(question: question, status: reader.status, fields: reader.fields)
        answer.length = comparison.length
        answer.beginning = comparison.beginning
        answer.difference = comparison.difference
        answer.isCut = isCut
        answer.peer = result.standardError.split(separator: "\n").last { $0.hasPrefix(CurlConfiguration.peer) }
            .map { String($0.dropFirst(CurlConfiguration.peer.count)) }.flatMap { $0.isEmpty ? nil : $0 }
        if !isCut, result.terminationStatus != .exited(0) {
            let words = Self.words(result.standardError, result.terminationStatus)
            guard answer.status != 0 || Self.wasConnected(result.terminationStatus, words) else {
                // curl(1): status 60, the certificate cannot be verified.
                let hint = result.terminationStatus == .exited(60) ? "; --insecure accepts any certificate" : ""
                throw CheckFailure(.unreachable, "\(question.url.origin) does not answer: \(words)\(hint)")
            }
            answer.problem = words
        }
        return answer
    }

    /// Whether a server accepted the request and sent no response: curl's codes for an empty reply, a receive error,
    /// and a time limit other than the one for connecting.
    private static func wasConnected(_ status: TerminationStatus, _ words: String) -> Bool {
        switch status {
        case .exited(52), .exited(56): true
        case .exited(28): words.contains("Operation timed out")
        default: false
        }
    }

    /// The line in which curl describes a failure.
    private static func words(_ text: String?, _ status: TerminationStatus) -> String {
        // Further lines only explain certificates.
        let line = text?.split(separator: "\n").first { $0.hasPrefix("curl: (") }.map(String.init) ?? ""
        return line.isEmpty ? "curl ended with \(status)" : line
    }
}
