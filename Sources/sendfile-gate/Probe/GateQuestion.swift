import FastCGI
import HTTPTypes
import SendfileBasics
import SignedLinks

/// The question that `check` asks a gate in a request's header field, to learn why the gate refuses the request.
///
/// The field contains a random text and a proof that `check` has one of the gate's secrets. Only then does the gate answer
/// with its account of the request, and proves in turn that it has the secret. Without a valid proof, the answer is ``unknownKey`` and
/// reveals only that a gate is there, as its pages do.
struct GateQuestion: Sendable {
    /// The name of the field, in the request and in the response.
    static let field = HTTPField.Name("Sendfile-Gate-Check")!

    /// The answer to a question with the proof of another secret.
    static let unknownKey = "unknown-key"

    private let nonce: String
    private let proofs: [SignedLinks.Proof]
    private let links: SignedLinks

    /// A new question of a program with these keys.
    init(_ links: SignedLinks) {
        self.nonce = Hexadecimal.encode((0..<16).map { _ in UInt8.random(in: .min ... .max) })
        self.links = links
        self.proofs = links.proofs(of: "question \(self.nonce)")
    }

    /// The header line of a request. It contains the proof of the key that signs links.
    var line: String { "\(Self.field.canonicalName): \(self.nonce).\(self.proofs[0].code)" }

    /// The gate's answer to a question.
    ///
    /// - Parameters:
    ///   - question: The value of the field.
    ///   - links: The gate's links.
    ///   - report: The gate's account of the request.
    static func answer(to question: String, _ links: SignedLinks, _ report: GateReport) -> String {
        let parts = question.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 32,
            let proof = links.proof(of: "question \(parts[0])", code: String(parts[1])),
            let answer = links.proofs(of: "answer \(parts[0]) \(report.text)").first(where: { $0.keyID == proof.keyID })
        else { return Self.unknownKey }
        return "\(report.text).\(answer.code)"
    }

    /// Reads the answer in a response.
    func reply(in value: String?) -> GateReply {
        guard let value else { return .none }
        if value == Self.unknownKey { return .unknownKey }
        guard let dot = value.lastIndex(of: "."), let report = GateReport(String(value[..<dot])),
            self.links.proof(of: "answer \(self.nonce) \(report.text)", code: String(value[value.index(after: dot)...]))
                != nil
        else { return .none }
        return .report(report)
    }
}

/// The gate's answer to a ``GateQuestion``.
enum GateReply: Sendable, Equatable {
    /// No gate answered.
    case none
    /// A gate answered that has other secrets.
    case unknownKey
    /// The gate told why it refused the request.
    case report(GateReport)
}
