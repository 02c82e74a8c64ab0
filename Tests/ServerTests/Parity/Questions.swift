extension Question {
    /// The requests for one file of 20 bytes, `plain.txt`, and for some others.
    static let all: [Question] = Self.groups.flatMap(\.questions)

    /// The requests, grouped by subject.
    static let groups: [(title: String, questions: [Question])] = [
        ("methods, allowed and not", Self.methods),
        (
            "`If-Match`, `If-None-Match` and their kind, with GET and HEAD",
            Self.conditions + Self.conditions.map(\.asHead)
        ),
        ("`Range`: one, several, wrong ones, with GET and HEAD", Self.ranges + Self.ranges.map(\.asHead)),
        ("`Range` with `If-Range` and other conditions", Self.conditionalRanges),
        ("fields that the handler passes with a file or adds later", Self.variants),
        ("files that are empty, large, links or missing", Self.files),
    ]

    private static let old = "Thu, 01 Jan 1970 00:00:00 GMT"
    private static let future = "Fri, 01 Jan 2100 00:00:00 GMT"

    private static let methods: [Question] =
        [
            Question(title: "GET", target: Self.target("plain.txt"), outcome: .whole),
            Question(title: "HEAD", method: "HEAD", target: Self.target("plain.txt"), outcome: .whole),
        ]
        + ["POST", "PUT", "DELETE", "OPTIONS"].map {
            Question(title: $0, method: $0, target: Self.target("plain.txt"), outcome: .status(405))
        }
        + [
            Question(
                title: "POST, allowed", method: "POST", target: Self.target("plain.txt", with: "post"), outcome: .whole),
            Question(
                title: "POST, allowed, Range", method: "POST", target: Self.target("plain.txt", with: "post"),
                fields: ["Range": "bytes=2-5"], outcome: .whole),
            Question(
                title: "POST, allowed, If-Modified-Since: {date}", method: "POST",
                target: Self.target("plain.txt", with: "post"), fields: ["If-Modified-Since": "{date}"],
                outcome: .whole),
            Question(
                title: "POST, allowed, If-None-Match: {etag}", method: "POST",
                target: Self.target("plain.txt", with: "post"), fields: ["If-None-Match": "{etag}"],
                outcome: .status(412)),
        ]

    private static func plain(_ cases: [([String: String], Outcome)]) -> [Question] {
        cases.map { fields, outcome in
            let title = fields.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
            return Question(
                title: "GET, \(title.replacing(Self.old, with: "1970").replacing(Self.future, with: "2100"))",
                target: Self.target("plain.txt"), fields: fields, outcome: outcome)
        }
    }

    private static let conditions = Self.plain([
        (["If-None-Match": "{etag}"], .status(304)), (["If-None-Match": "W/{etag}"], .status(304)),
        (["If-None-Match": "*"], .status(304)), (["If-None-Match": "\"other\""], .whole),
        (["If-None-Match": "W/\"other\""], .whole), (["If-None-Match": "\"other\", {etag}"], .status(304)),
        (["If-None-Match": "\"a,b\" , W/\"c\",{etag}, \"d\""], .status(304)),
        (["If-None-Match": "\"other\", \"another\""], .whole), (["If-None-Match": "no tag"], .whole),
        (["If-None-Match": ""], .whole),

        (["If-Modified-Since": "{date}"], .status(304)), (["If-Modified-Since": Self.old], .whole),
        (["If-Modified-Since": Self.future], .status(304)), (["If-Modified-Since": "no date"], .whole),
        (["If-Modified-Since": "Sunday, 13-Sep-20 12:26:40 GMT"], .status(304)),
        (["If-Modified-Since": "Sun Sep 13 12:26:40 2020"], .status(304)),
        (["If-Modified-Since": "Sun, 13 Sep 2020 12:26:39 GMT"], .whole),

        (["If-Match": "{etag}"], .whole), (["If-Match": "*"], .whole), (["If-Match": "\"other\""], .status(412)),
        (["If-Match": "W/{etag}"], .status(412)), (["If-Match": "\"other\", {etag}"], .whole),
        (["If-Match": "\"other\", \"another\""], .status(412)), (["If-Match": "no tag"], .status(412)),

        (["If-Unmodified-Since": "{date}"], .whole), (["If-Unmodified-Since": Self.future], .whole),
        (["If-Unmodified-Since": Self.old], .status(412)), (["If-Unmodified-Since": "no date"], .whole),

        // One of the two takes precedence (RFC 9110 §13.2.2).
        (["If-Match": "{etag}", "If-Unmodified-Since": Self.old], .whole),
        (["If-Match": "\"other\"", "If-Unmodified-Since": "{date}"], .status(412)),
        (["If-None-Match": "\"other\"", "If-Modified-Since": "{date}"], .whole),
        (["If-None-Match": "{etag}", "If-Modified-Since": Self.old], .status(304)),
        (["If-Match": "{etag}", "If-None-Match": "{etag}"], .status(304)),
        (["If-Match": "\"other\"", "If-None-Match": "{etag}"], .status(412)),
        (["If-Unmodified-Since": "{date}", "If-Modified-Since": "{date}"], .status(304)),
        (["If-Unmodified-Since": Self.old, "If-None-Match": "{etag}"], .status(412)),
        (["If-Match": "{etag}", "If-Unmodified-Since": Self.old, "If-None-Match": "\"other\""], .whole),
    ])

    private static let ranges =
        Self.plain([
            (["Range": "bytes=0-0"], .part(0..<1)), (["Range": "bytes=2-5"], .part(2..<6)),
            (["Range": "bytes=5-"], .part(5..<20)), (["Range": "bytes=0-"], .part(0..<20)),
            (["Range": "bytes=0-100"], .part(0..<20)), (["Range": "bytes=19-19"], .part(19..<20)),
            (["Range": "bytes=-4"], .part(16..<20)), (["Range": "bytes=-100"], .part(0..<20)),
            (["Range": "bytes=2-99999999999999999999"], .part(2..<20)),

            (["Range": "bytes=0-1,4-5"], .parts([0..<2, 4..<6])),
            (["Range": "bytes=10-12,0-1,-2"], .parts([10..<13, 0..<2, 18..<20])),
            (["Range": "bytes=0-1, 4-5 ,8-9"], .parts([0..<2, 4..<6, 8..<10])),
            (["Range": "bytes=0-5,3-8"], .parts([0..<6, 3..<9])), (["Range": "bytes=0-1,100-"], .part(0..<2)),
            (["Range": "bytes=0-,0-"], .whole), (["Range": "bytes=0-19,2-3"], .whole),
            (["Range": "bytes=" + repeatElement("0-0", count: 17).joined(separator: ",")], .whole),

            (["Range": "bytes=20-"], .status(416)), (["Range": "bytes=100-200"], .status(416)),
            (["Range": "bytes=-0"], .status(416)), (["Range": "bytes=20-,30-40"], .status(416)),

            (["Range": "bytes=5-2"], .status(416)), (["Range": "bytes=abc"], .status(416)),
            (["Range": "bytes="], .status(416)), (["Range": "bytes=-"], .status(416)),
            (["Range": "bytes=2 - 5"], .status(416)), (["Range": "bytes=1-2,x"], .status(416)),
            (["Range": "Bytes=2-5"], .part(2..<6)), (["Range": "bytes= 2-5"], .part(2..<6)),
            (["Range": "bytes=2-5,"], .part(2..<6)), (["Range": "lines=1-2"], .whole), (["Range": "bytes"], .whole),
            (["Range": "bytes 2-5"], .whole),
        ])

    private static let conditionalRanges = Self.plain([
        (["Range": "bytes=2-5", "If-Range": "{etag}"], .part(2..<6)),
        (["Range": "bytes=2-5", "If-Range": "W/{etag}"], .whole),
        (["Range": "bytes=2-5", "If-Range": "\"other\""], .whole),
        (["Range": "bytes=2-5", "If-Range": "{date}"], .part(2..<6)),
        (["Range": "bytes=2-5", "If-Range": Self.old], .whole),
        (["Range": "bytes=2-5", "If-Range": Self.future], .whole),
        (["Range": "bytes=2-5", "If-Range": "no date"], .whole),
        (["Range": "bytes=0-1,4-5", "If-Range": "{etag}"], .parts([0..<2, 4..<6])),
        (["Range": "bytes=0-1,4-5", "If-Range": "\"other\""], .whole),
        (["Range": "bytes=20-", "If-Range": "{etag}"], .status(416)),
        (["Range": "bytes=20-", "If-Range": "\"other\""], .whole),
        (["Range": "bytes=20-", "If-None-Match": "{etag}"], .status(304)),
        (["Range": "bytes=2-5", "If-None-Match": "{etag}"], .status(304)),
        (["Range": "bytes=2-5", "If-None-Match": "\"other\""], .part(2..<6)),
        (["Range": "bytes=2-5", "If-Modified-Since": "{date}"], .status(304)),
        (["Range": "bytes=2-5", "If-Match": "\"other\""], .status(412)),
        (["Range": "bytes=2-5", "If-Match": "{etag}"], .part(2..<6)),
        (["Range": "bytes=2-5", "If-Unmodified-Since": "{date}"], .part(2..<6)),
        (["Range": "bytes=2-5", "If-Unmodified-Since": Self.old], .status(412)),
        (["Range": "bytes=2-5", "If-Match": "{etag}", "If-Unmodified-Since": Self.old], .part(2..<6)),
    ])
}
