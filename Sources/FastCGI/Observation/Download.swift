import HTTPTypes
import Logging
import Sendfile
import SendfileBasics

/// A record of the access log: the user, the file and the result.
///
/// The query of the URL and cookies are omitted, because they may contain signatures and secrets.
struct Download {
    private let requestID: UInt64
    private let id: String?
    private let user: String?
    private let grantID: String?
    private let keyID: String?
    private let client: String?
    private let method: HTTPRequest.Method
    private let path: String
    private let file: [UInt8]
    private let status: Int
    private let range: String?
    private let bytes: Int64?
    private let size: Int64?
    private let entityTag: String?
    private let disposition: String?
    private let delivery: String
    private let sent: Int64?
    private let isComplete: Bool?
    private let duration: Duration

    /// Describes a response that has been sent or abandoned.
    ///
    /// - Parameters:
    ///   - file: The file that the handler requested.
    ///   - id: The id that the web server got.
    ///   - status: The status that was sent, which differs from the response's if that could not be sent.
    ///   - sent: The number of body bytes that were sent.
    ///   - isComplete: Whether the response was sent completely.
    ///   - start: The time when the request was complete.
    init(
        of file: RequestedFile, _ request: Request, _ response: Response, id: String?, status: Int, sent: Int64,
        isComplete: Bool, since start: Instant
    ) {
        self.requestID = request.id
        self.id = id
        self.user = response.user ?? request.remoteUser
        (self.grantID, self.keyID) = (response.grantID, response.keyID)
        self.client = request.remoteAddress
        self.method = request.method
        self.path = request.loggedPath
        self.file = file.pathBytes
        self.size = file.size
        let fields = response.headerFields
        self.disposition = fields[.contentDisposition]
        self.entityTag = fields[.eTag]

        let share = FileShare(of: file, self.method, response, status: status)
        let (isDelegated, isStreamed) = (share.isDelegated, share.isStreamed)
        let isRedirected = file.isObject && status == 307
        self.delivery =
            isDelegated
            ? file.backendName ?? "web-server" : isStreamed ? "stream" : isRedirected ? "redirect" : "none"
        // A web server applies the range itself and sends 206.
        self.status = isDelegated && file.ranges != nil ? 206 : status
        let ranges = isDelegated || isStreamed ? file.ranges : nil
        self.range = ranges.map { $0.map { "\($0.lowerBound)-\($0.upperBound - 1)" }.joined(separator: ",") }
        // The store decides about the bytes of an object whose size is not known.
        self.bytes = isDelegated && file.size == nil ? nil : share.bytes
        self.sent = isStreamed ? sent : nil
        // Only the web server knows about the files that it sends, and only the store about a redirect to it.
        self.isComplete = (isDelegated || isRedirected) && isComplete ? nil : isComplete
        self.duration = .microseconds(Int64(clamping: (Instant.now.nanoseconds &- start.nanoseconds) / 1000))
    }

    /// The line of the access log's file. A path that is not UTF-8 is also included percent-encoded, without loss.
    var line: [UInt8] {
        let name = String(validating: self.file, as: UTF8.self)
        var json = JSONLine()
        json.add("time", Timestamp.now(milliseconds: true))
        json.add("request", self.requestID)
        json.add("download", self.id)
        json.add("user", self.user)
        json.add("grant", self.grantID)
        json.add("key", self.keyID)
        json.add("client", self.client)
        json.add("method", self.method.rawValue)
        json.add("path", self.path)
        json.add("file", name ?? String(decoding: self.file, as: UTF8.self))
        if name == nil {
            json.add("file_encoded", String(decoding: PercentEncoding.encodePath(self.file), as: UTF8.self))
        }
        json.add("status", self.status)
        json.add("range", self.range)
        json.add("bytes", self.bytes)
        json.add("size", self.size)
        json.add("etag", self.entityTag)
        json.add("disposition", self.disposition)
        json.add("delivery", self.delivery)
        json.add("sent", self.sent)
        json.add("complete", self.isComplete)
        json.add("milliseconds", literal: self.milliseconds)
        return json.line
    }

    /// The record for a logger; members that are `null` in the file are omitted.
    var metadata: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "request": "\(self.requestID)", "method": "\(self.method)", "path": "\(self.path.printable)",
            "file": "\(String(decoding: self.file, as: UTF8.self).printable)", "status": "\(self.status)",
            "delivery": "\(self.delivery)", "milliseconds": "\(self.milliseconds)",
        ]
        if let id { metadata["download"] = "\(id)" }
        if let bytes { metadata["bytes"] = "\(bytes)" }
        if let user { metadata["user"] = "\(user.printable)" }
        if let grantID { metadata["grant"] = "\(grantID.printable)" }
        if let keyID { metadata["key"] = "\(keyID.printable)" }
        if let client { metadata["client"] = "\(client.printable)" }
        if let range { metadata["range"] = "\(range)" }
        if let size { metadata["size"] = "\(size)" }
        if let entityTag { metadata["etag"] = "\(entityTag.printable)" }
        if let disposition { metadata["disposition"] = "\(disposition.printable)" }
        if let sent { metadata["sent"] = "\(sent)" }
        if let isComplete { metadata["complete"] = "\(isComplete)" }
        return metadata
    }

    private var milliseconds: String { (self.duration * 1000).decimalSeconds }
}
