/// Faults of a store: the rows of the failure table.
enum ObjectFault {
    /// Faults of an answer, with the keys that select them.
    static let answers: [(row: String, keys: [String])] = [
        ("answers 400, 401, 403 or 429", ["400", "401", "403", "429"]), ("answers 404", ["404"]),
        ("answers 410", ["410"]), ("answers 500 or 503", ["500", "503"]), ("answers 504", ["504"]),
        ("answers with a redirect", ["moved"]),
        ("closes the connection without a complete header", ["nothing", "half-head"]),
        ("does not answer in time", ["silent"]), ("sends fewer bytes than it declared", ["short"]),
        ("sends a chunked body without its end", ["chunks-cut"]), ("stops sending", ["stalled"]),
        ("sends more bytes than it declared", ["long"]), ("does not speak HTTP", ["garbage"]),
    ]

    static let refused = "refuses the connection"
    static let certificate = "has a certificate for another name, or of an unknown authority"
    static let credentials = "refuses the access key, the region or the bucket"
    static let changed = "has another version for the second range"
}

extension ObjectTable {
    /// The response to a client when the store fails.
    static let failures = ObjectTable(
        "failures of objects", filter: "ObjectFailure", heading: "the store",
        columns: ObjectRoute.answering.map(\.rawValue),
        rows: ObjectFault.answers.map(\.row) + [
            ObjectFault.refused, ObjectFault.certificate, ObjectFault.credentials, ObjectFault.changed,
        ])
}
