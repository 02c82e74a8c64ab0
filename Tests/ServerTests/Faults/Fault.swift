import Testing

/// A row of the table of faults: a fault, its effect, and the test that shows it.
struct Fault: Sendable, CustomTestStringConvertible {
    /// The proof of the effect: a run of the fault, or the names of tests.
    enum Proof: Sendable {
        /// Causes the fault, and returns what the client gets.
        case run(@Sendable (FaultRun) throws -> String)
        /// The titles of tests that show it, with their suites: `SuiteName: title`.
        case tests([String])
    }

    let what: String
    /// The response to the client.
    let response: String
    /// The line of the program's log. Text in backquotes with spaces is a line of the log, in which `…` stands for any text.
    let log: String
    let proof: Proof
    /// Whether this machine can cause the fault.
    let isPossible: Bool

    init(_ what: String, response: String, log: String = "nothing", if isPossible: Bool = true, _ proof: Proof) {
        self.what = what
        self.response = response
        self.log = log
        self.proof = proof
        self.isPossible = isPossible
    }

    var testDescription: String { self.what }

    var isRun: Bool { if case .run = self.proof { self.isPossible } else { false } }

    /// The lines of the log that the row quotes.
    var lines: [String] {
        self.log.split(separator: "`", omittingEmptySubsequences: false).enumerated().compactMap { index, part in
            index % 2 == 1 && part.contains(" ") ? String(part) : nil
        }
    }

    /// Whether a line of a log has the parts of a quotation in their order.
    static func line(_ line: Substring, has quotation: String) -> Bool {
        var rest = line
        for part in quotation.split(separator: "…") {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }

    // MARK: Responses

    static let complete = "the complete response"
    static let late = "the complete response, later"
    static let incomplete = "an incomplete response"
    static let closed = "the web server's own error, such as 502: the connection is closed"
    static let none = "nothing: no request is affected"
}
