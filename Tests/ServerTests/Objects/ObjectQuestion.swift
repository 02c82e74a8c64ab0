/// A question about an object, for the parity table of objects.
struct ObjectQuestion: Sendable {
    let title: String
    var method = "GET"
    /// The header fields. `{etag}` and `{date}` stand for the validators that the client has received.
    var fields: [String: String] = [:]
    var key = ObjectCorpus.plain

    /// The knowledge that the handler passes, by its name in the table.
    static let knowledge = [
        ("known", "size=\(ObjectCorpus.Object(key: ObjectCorpus.plain).content.count)&etag=v1&modified=1767268800"),
        ("asked", "asked=60"), ("left", ""),
    ]

    static let all: [ObjectQuestion] = [
        ObjectQuestion(title: "GET"), ObjectQuestion(title: "HEAD", method: "HEAD"),
        ObjectQuestion(title: "a range from the start", fields: ["Range": "bytes=0-4"]),
        ObjectQuestion(title: "a range within", fields: ["Range": "bytes=2-5"]),
        ObjectQuestion(title: "a range to the end", fields: ["Range": "bytes=3-"]),
        ObjectQuestion(title: "the last bytes", fields: ["Range": "bytes=-4"]),
        ObjectQuestion(title: "a range beyond the end", fields: ["Range": "bytes=9999-"]),
        ObjectQuestion(title: "a range of another unit", fields: ["Range": "lines=1-2"]),
        ObjectQuestion(title: "two ranges", fields: ["Range": "bytes=0-1,4-5"]),
        ObjectQuestion(title: "a range of the same version", fields: ["Range": "bytes=2-5", "If-Range": "{etag}"]),
        ObjectQuestion(title: "a range of another version", fields: ["Range": "bytes=2-5", "If-Range": "\"other\""]),
        ObjectQuestion(title: "If-None-Match, the same", fields: ["If-None-Match": "{etag}"]),
        ObjectQuestion(title: "If-None-Match, another", fields: ["If-None-Match": "\"other\""]),
        ObjectQuestion(title: "If-Modified-Since, the same", fields: ["If-Modified-Since": "{date}"]),
        ObjectQuestion(title: "If-Match, the same", fields: ["If-Match": "{etag}"]),
        ObjectQuestion(title: "If-Match, another", fields: ["If-Match": "\"other\""]),
        ObjectQuestion(
            title: "If-Unmodified-Since, older", fields: ["If-Unmodified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"]),
        ObjectQuestion(title: "POST", method: "POST"), ObjectQuestion(title: "DELETE", method: "DELETE"),
        ObjectQuestion(title: "a missing key", key: "missing.txt"),
    ]

    func fields(_ validators: [String: String]) -> [String: String] {
        self.fields.mapValues { value in
            validators.reduce(value) { $0.replacing("{\($1.key)}", with: $1.value) }
        }
    }
}
