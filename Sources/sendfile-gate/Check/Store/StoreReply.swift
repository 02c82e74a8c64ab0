/// The outcome of a request to an object store.
struct StoreReply: Sendable {
    /// The response; `nil` if none was received.
    let answer: Answer?
    /// The reason why no response was received, in curl's words.
    let problem: String?

    var status: Int { self.answer?.status ?? 0 }

    /// Whether the object, or the requested part of it, was received.
    var isObject: Bool { self.status == 200 || self.status == 206 }

    /// The code of an error of S3, such as `NoSuchBucket`.
    var code: String? { self.element("Code") }

    /// The region that the store names in an error.
    var region: String? { self.answer?.field("X-Amz-Bucket-Region") ?? self.element("Region") }

    /// The message of an error of S3.
    var message: String { self.element("Message") ?? "" }

    /// The code of curl's error, such as 60 for a certificate.
    var curlCode: Int? {
        guard let problem, let start = problem.firstRange(of: "curl: (")?.upperBound else { return nil }
        return Int(problem[start...].prefix { $0.isNumber })
    }

    /// The size of the whole object in bytes.
    var size: Int? {
        guard let answer else { return nil }
        if answer.status == 206 {
            return answer.field("Content-Range").flatMap { $0.split(separator: "/").last }.flatMap { Int($0) }
        }
        return answer.field("Content-Length").flatMap { Int($0) } ?? answer.length
    }

    /// The text of an element of an XML document without attributes.
    private func element(_ name: String) -> String? {
        guard let text = self.answer?.text, let start = text.firstRange(of: "<\(name)>")?.upperBound,
            let end = text[start...].firstRange(of: "</\(name)>")?.lowerBound
        else { return nil }
        return String(text[start..<end])
    }
}
