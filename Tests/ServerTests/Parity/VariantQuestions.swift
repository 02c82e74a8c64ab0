extension Question {
    /// The options of a file response, and the requests that they affect.
    static let variants: [Question] =
        [
            "encoding": "Content-Encoding by the handler", "custom-field": "X-Download-Id by the handler",
            "cookies": "Set-Cookie twice by the handler", "expires": "Expires by the handler",
            "links": "Link twice by the handler",
            "type": "Content-Type by the handler", "etag": "ETag by the handler",
            "weak-etag": "weak ETag by the handler", "date": "Last-Modified by the handler",
            "validators": "ETag and Last-Modified by the handler", "unnamed": "attachment without a name",
            "later": "Cache-Control added later", "custom-later": "X-Download-Id added later",
        ].sorted { $0.value < $1.value }.flatMap { variant, title in
            [
                Self.variant(variant, title, outcome: .whole),
                Self.variant(variant, title, ["Range": "bytes=2-5"], outcome: .part(2..<6)),
                Self.variant(variant, title, ["Range": "bytes=0-1,4-5"], outcome: .parts([0..<2, 4..<6])),
                Self.variant(variant, title, ["Range": "bytes=20-"], outcome: .status(416)),
                Self.variant(variant, title, ["If-None-Match": "*"], outcome: .status(304)),
            ]
        }
        + [
            Self.variant("fields", "seven fields by the handler", outcome: .whole, savedName: "plain.txt"),
            Self.variant(
                "fields", "seven fields by the handler", ["Range": "bytes=2-5"], outcome: .part(2..<6),
                savedName: "plain.txt"),
            Self.variant("fields", "seven fields by the handler", ["If-None-Match": "*"], outcome: .status(304)),
            Self.variant("shown", "inline with a name", outcome: .whole, savedName: "Übersicht \"Q3\" 100%.txt"),
            Self.variant(
                "named", "attachment with a hostile name", outcome: .whole, savedName: "../a/b\\c__d 日本語 🎉.txt"),
            Self.variant("etag", "ETag by the handler", ["If-None-Match": "\"own\""], outcome: .status(304)),
            Self.variant("etag", "ETag by the handler", ["If-Match": "\"own\""], outcome: .whole),
            Self.variant("etag", "ETag by the handler", ["If-None-Match": "{etag}"], outcome: .whole),
            Self.variant(
                "etag", "ETag by the handler", ["If-Range": "\"own\"", "Range": "bytes=2-5"], outcome: .part(2..<6)),
            Self.variant("weak-etag", "weak ETag by the handler", ["If-None-Match": "\"own\""], outcome: .status(304)),
            Self.variant("weak-etag", "weak ETag by the handler", ["If-Match": "W/\"own\""], outcome: .status(412)),
            Self.variant(
                "date", "Last-Modified by the handler", ["If-Modified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"],
                outcome: .status(304)),
            Self.variant(
                "date", "Last-Modified by the handler", ["If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"],
                outcome: .whole),
        ]

    private static func variant(
        _ variant: String, _ title: String, _ fields: [String: String] = [:], outcome: Outcome, savedName: String? = nil
    ) -> Question {
        let asked = fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        return Question(
            title: "\(title); GET\(asked.isEmpty ? "" : ", \(asked)")",
            target: Self.target("plain.txt", with: variant), fields: fields, outcome: outcome, savedName: savedName)
    }

    /// Requests for other files.
    static let files: [Question] = [
        Question(title: "an empty file", target: Self.target("empty.txt"), outcome: .whole, content: []),
        Question(
            title: "an empty file; Range: bytes=0-", target: Self.target("empty.txt"), fields: ["Range": "bytes=0-"],
            outcome: .status(416), content: []),
        Question(
            title: "an empty file; Range: bytes=-5", target: Self.target("empty.txt"), fields: ["Range": "bytes=-5"],
            outcome: .whole, content: []),
        Question(title: "JSON", target: Self.target("data.json"), outcome: .whole, content: Array("{}".utf8)),
        Question(
            title: "8 MiB", target: Self.target("large.bin"), outcome: .whole, content: Corpus.large.content),
        Question(
            title: "8 MiB; HEAD", method: "HEAD", target: Self.target("large.bin"), outcome: .whole,
            content: Corpus.large.content),
        Question(
            title: "8 MiB; POST, allowed", method: "POST", target: Self.target("large.bin", with: "post"),
            outcome: .whole, content: Corpus.large.content),
        Question(
            title: "8 MiB; Range: bytes=-1000000", target: Self.target("large.bin"),
            fields: ["Range": "bytes=-1000000"],
            outcome: .part(7_388_608..<8_388_608), content: Corpus.large.content),
        Question(
            title: "8 MiB; Range: bytes=0-999,4000000-4000999", target: Self.target("large.bin"),
            fields: ["Range": "bytes=0-999,4000000-4000999"], outcome: .parts([0..<1_000, 4_000_000..<4_001_000]),
            content: Corpus.large.content),
        Question(
            title: "a link inside the root", target: Self.target("link-inside.txt", "?attachment"), outcome: .whole,
            content: Corpus.content(of: "team/report.txt"), savedName: "link-inside.txt"),
        Question(
            title: "a path with ./", target: Self.target("./team/./report.txt", "?attachment"),
            outcome: .whole,
            content: Corpus.content(of: "team/report.txt"), savedName: "report.txt"),
        Question(title: "a missing file", target: Self.target("missing.txt"), outcome: .status(404)),
        Question(
            title: "a missing file; Range, If-None-Match: *", target: Self.target("missing.txt"),
            fields: ["Range": "bytes=0-", "If-None-Match": "*"], outcome: .status(404)),
        Question(title: "a directory", target: Self.target("team"), outcome: .status(404)),
        Question(
            title: "a link to a file outside of the root", target: Self.target("link-out.txt"), outcome: .status(404)),
    ]
}
