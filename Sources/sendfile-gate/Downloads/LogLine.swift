import SendfileJSON

/// A line of the program's access log, or of a web server's log as `conf` sets it up.
enum LogLine {
    /// The program has decided that a client gets a file.
    case decision(Decision)
    /// A web server has ended a response with an id.
    case end(ResponseEnd)
    /// A line about anything else, such as a response without a file.
    case other

    /// A line that is none of these.
    struct Malformed: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads a line without its end.
    init(_ bytes: ArraySlice<UInt8>) throws(Malformed) {
        guard let json = JSONText(bytes), case .object(let members) = json else {
            throw Malformed(description: "it is not a JSON object")
        }
        if members["delivery"] != nil, members["file"] != nil {
            self = try Decision(members).map { .decision($0) } ?? .other
        } else if members["download"] != nil || members["resp_headers"] != nil {
            self = try ResponseEnd(members).map { .end($0) } ?? .other
        } else {
            throw Malformed(description: "it has neither the members of the program's access log nor \"download\"")
        }
    }

    /// The time by which the lines of several logs are put in order; `nil` for a line that does not matter.
    var time: Double? {
        switch self {
        case .decision(let decision): decision.time
        // The end of a response is before the next request of its client.
        case .end(let end): end.time - LogTime.precision
        case .other: nil
        }
    }
}

extension LogLine {
    /// The bytes of `0-9`; `nil` if it is not well-formed.
    fileprivate static func range(_ text: Substring) -> Range<Int64>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false).map { Int64($0) }
        guard ends.count == 2, let first = ends[0], let last = ends[1], first >= 0, first <= last, last < .max else {
            return nil
        }
        return first..<last + 1
    }
}

/// A line of the program's access log about a file that a client gets.
struct Decision {
    /// The id that the web server's log has as well; `nil` without one.
    let id: String?
    /// When the line was written, and when the request was complete, in seconds since 1970.
    let time: Double
    let begin: Double
    let user: String?
    /// The id of the grant, and the name of the key of the link or the grant.
    let grant: String?
    let key: String?
    let client: String?
    let file: String
    let entityTag: String?
    /// The size of the file; `nil` for an object whose size only the store knows.
    let size: Int64?
    /// The requested parts of the file; `nil` for the whole file, and for an object of which the store decides that.
    let ranges: [Range<Int64>]?
    /// For a stream, the bytes that the web server accepted, and whether these are all; `nil` if the web server sends the file.
    let stream: (sent: Int64, isComplete: Bool)?

    /// Reads the members of a line; `nil` for a response without bytes of a file.
    init?(_ members: [String: JSONText]) throws(LogLine.Malformed) {
        guard let delivery = members["delivery"]?.text, let file = members["file"]?.text,
            let time = members["time"]?.text.flatMap({ LogTime.seconds($0) })
        else { throw LogLine.Malformed(description: "its \"time\", \"file\" or \"delivery\" is missing or invalid") }
        guard delivery != "none" else { return nil }
        self.id = members["download"]?.text
        self.time = time
        self.begin = time - (members["milliseconds"]?.number ?? 0) / 1000
        self.user = members["user"]?.text
        self.grant = members["grant"]?.text
        self.key = members["key"]?.text
        self.client = members["client"]?.text
        self.file = members["file_encoded"]?.text ?? file
        self.entityTag = members["etag"]?.text
        self.size = members["size"]?.count
        if let text = members["range"]?.text {
            guard let ranges = Self.ranges(text) else {
                throw LogLine.Malformed(description: "its \"range\" is invalid")
            }
            self.ranges = ranges
        } else {
            self.ranges = nil
        }
        self.stream =
            delivery == "stream"
            ? (members["sent"]?.count ?? 0, members["complete"]?.flag ?? false) : nil
    }

    private static func ranges(_ text: String) -> [Range<Int64>]? {
        var ranges: [Range<Int64>] = []
        for part in text.split(separator: ",") {
            guard let range = LogLine.range(part) else { return nil }
            ranges.append(range)
        }
        return ranges
    }
}

/// A line of a web server's log about a response with the id of a download.
struct ResponseEnd {
    let id: String
    let time: Double
    let status: Int
    /// The bytes of the body that the web server has handed to the kernel.
    let bytes: Int64
    /// Whether the client or the web server ended the connection before the end of the response.
    let isAborted: Bool
    /// The part of the file that the response has, by its `Content-Range`; `nil` if the log does not have it.
    let range: Range<Int64>?
    /// The size of the file; `nil` if the line does not tell it.
    let size: Int64?

    /// Reads the members of a line; `nil` for a response without an id.
    init?(_ members: [String: JSONText]) throws(LogLine.Malformed) {
        guard let id = Self.id(members), !id.isEmpty, id != "-" else { return nil }
        guard let time = Self.time(members), let status = members["status"]?.count.flatMap({ Int(exactly: $0) }),
            var bytes = (members["bytes"] ?? members["size"])?.count
        else { throw LogLine.Malformed(description: "its time, \"status\" or \"bytes\" is missing or invalid") }
        // Apache's count of the body contains bytes that it has not sent. Its other count contains the header.
        if let sent = members["sent"]?.count { bytes = min(bytes, sent) }
        self.id = id
        self.time = time
        self.status = status
        self.bytes = bytes
        // nginx writes OK or nothing; lighttpd and Apache write X, or + and - for a connection that is kept or closed.
        let end = members["end"]?.text
        self.isAborted = end == "" || end == "X"
        let part = Self.contentRange(
            members["range"]?.text ?? Self.field(members) { $0 == "content-range" } ?? "")
        self.range = part.range
        // A line with the announced length need not tell whether the response was aborted.
        let length = Self.field(members) { $0 == "content-length" }.flatMap { Int64($0) }
        self.size = status == 200 ? length ?? (self.isAborted ? nil : bytes) : part.size
    }

    /// Reads `bytes 0-9/100` (RFC 9110 §14.4).
    private static func contentRange(_ text: String) -> (range: Range<Int64>?, size: Int64?) {
        guard text.hasPrefix("bytes ") else { return (nil, nil) }
        let parts = text.dropFirst("bytes ".count).split(separator: "/")
        guard parts.count == 2, let range = LogLine.range(parts[0]) else { return (nil, nil) }
        let size = Int64(parts[1])
        return (range, size.flatMap { $0 >= range.upperBound ? $0 : nil })
    }

    /// A field of the response in a line of Caddy's log.
    private static func field(_ members: [String: JSONText], _ isField: (String) -> Bool) -> String? {
        guard case .object(let fields)? = members["resp_headers"],
            case .list(let values)? = fields.first(where: { isField($0.key.lowercased()) })?.value
        else { return nil }
        return values.first?.text
    }

    private static func id(_ members: [String: JSONText]) -> String? {
        members["download"]?.text ?? Self.field(members) { $0.hasSuffix("-download-id") }
    }

    private static func time(_ members: [String: JSONText]) -> Double? {
        if let milliseconds = members["msec"]?.number { return milliseconds / 1000 }
        return (members["time"] ?? members["ts"]).flatMap { $0.number ?? $0.text.flatMap { LogTime.seconds($0) } }
    }
}
