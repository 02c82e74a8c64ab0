/// Compares a response with that of another delivery and with the expected outcome.
struct Comparison {
    /// The differences by field name, or `status`, `body`, `name`, `leak`; the text contains both sides.
    private(set) var differences: [String: String] = [:]

    /// Fields of the connection or of the web server, and fields that depend on the framing of a body. Caddy 2.11 names
    /// itself in `Via`.
    private static let ignored: Set = ["date", "server", "via", "connection", "keep-alive", "transfer-encoding"]

    /// Fields that ask web servers for files: names or prefixes.
    private static let internals = [
        "x-sendfile", "x-accel-", "x-lighttpd-", "x-reproxy-", "x-litespeed-", "status", "x-send-file",
    ]

    init(_ answer: HTTPAnswer, to question: Question, reference: HTTPAnswer, root: String) {
        if answer.status != reference.status {
            self.differences["status"] = "\(answer.status), not \(reference.status)"
        }
        if answer.status != question.outcome.status {
            self.differences["status"] = "\(answer.status), not \(question.outcome.status)"
        }
        self.compareFields(answer, reference)
        self.compareBodies(answer, question, reference)
        self.checkName(answer, question)
        for (name, value) in answer.fields {
            if Self.internals.contains(where: name.lowercased().hasPrefix) { self.differences["leak"] = "\(name)" }
            if value.contains(root) || value.contains("/protected") { self.differences["leak"] = "\(name): \(value)" }
        }
    }

    private mutating func compareFields(_ answer: HTTPAnswer, _ reference: HTTPAnswer) {
        let names = Set((answer.fields + reference.fields).map { $0.name.lowercased() }).subtracting(Self.ignored)
        let isMultipart = reference.field("Content-Type")?.hasPrefix("multipart/byteranges") == true
        for name in names {
            // For multipart/byteranges the parts are compared; the boundary is arbitrary.
            if isMultipart, name == "content-type" || name == "content-length" { continue }
            // Several fields of one name are equivalent to a list in one (RFC 9110 §5.3), except Set-Cookie.
            let joins = name != "set-cookie"
            let values = joins ? [answer.field(name) ?? ""] : answer.values(name)
            let expected = joins ? [reference.field(name) ?? ""] : reference.values(name)
            guard values != expected else { continue }
            let isByCompression = name == "vary" && Self.isWithAcceptEncoding(values[0], expected[0])
            self.differences[isByCompression ? "vary: accept-encoding" : name] = "\(values), not \(expected)"
        }
    }

    /// Whether a web server that may compress has added to the field Vary, and nothing else has changed.
    private static func isWithAcceptEncoding(_ vary: String, _ expected: String) -> Bool {
        let members = HTTPAnswer.members(of: vary)
        return members.last == "Accept-Encoding" && members.dropLast() == HTTPAnswer.members(of: expected)[...]
    }

    private mutating func compareBodies(_ answer: HTTPAnswer, _ question: Question, _ reference: HTTPAnswer) {
        if question.method == "HEAD" {
            if !answer.body.isEmpty { self.differences["body"] = "\(answer.body.count) bytes to HEAD" }
            return
        }
        let expected: [UInt8]
        switch question.outcome {
        case .status: expected = reference.body
        case .whole: expected = question.content
        case .part(let range):
            expected = Array(question.content[range])
            let contentRange = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(question.content.count)"
            if answer.field("Content-Range") != contentRange {
                self.differences["content-range"] = "\(answer.values("Content-Range")), not \(contentRange)"
            }
        case .parts(let ranges):
            self.compareParts(
                answer, ranges.map { (range: $0, bytes: Array(question.content[$0])) }, question, reference)
            return
        }
        if answer.body != expected { self.differences["body"] = "\(Bytes(answer.body).testDescription)" }
        if reference.status < 300, reference.body != expected { self.differences["body"] = "the reference is wrong" }
    }

    private mutating func compareParts(
        _ answer: HTTPAnswer, _ expected: [(range: Range<Int>, bytes: [UInt8])], _ question: Question,
        _ reference: HTTPAnswer
    ) {
        do {
            let parts = try MultipartReader(contentType: answer.field("Content-Type") ?? "", body: answer.body).parts
            let type = try MultipartReader(contentType: reference.field("Content-Type") ?? "", body: reference.body)
                .parts.first?.contentType
            let wanted = expected.map { range, bytes in
                MultipartReader.Part(
                    contentType: type,
                    contentRange: "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(question.content.count)",
                    bytes: bytes)
            }
            if parts != wanted { self.differences["body"] = "\(parts.map { "\($0.contentRange ?? "")" })" }
        } catch {
            self.differences["body"] = "\(error)"
        }
    }

    private mutating func checkName(_ answer: HTTPAnswer, _ question: Question) {
        guard answer.status < 300, let name = question.savedName else { return }
        do {
            let disposition = try ContentDispositionReader(answer.field("Content-Disposition") ?? "")
            // Compare scalars: the two normal forms of a text are different names.
            guard let found = disposition.fileName, found.unicodeScalars.elementsEqual(name.unicodeScalars) else {
                self.differences["name"] = "saved as \(disposition.fileName ?? "nothing"), not \(name)"
                return
            }
            // The name saved by clients that do not support filename*.
            guard let plain = disposition.parameters["filename"], !plain.contains(where: { "%/\\\"".contains($0) })
            else {
                self.differences["name"] = "filename=\(disposition.parameters["filename"] ?? "")"
                return
            }
        } catch {
            self.differences["name"] = "\(error)"
        }
    }
}

extension HTTPAnswer {
    /// The values of all fields with this name.
    func values(_ name: String) -> [String] {
        self.fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The members of a field that is a list of words.
    static func members(of value: String) -> [Substring] { value.split { $0 == "," || $0 == " " } }
}
