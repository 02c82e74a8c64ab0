import HTTPTypes
import Logging
import Sendfile
import Synchronization

@testable import ObjectStorage

/// Replies of object stores.
enum StoreTarget {
    /// A store that answers each request with the next of some replies, and then with the last one again.
    private final class Store: ObjectStoreTransport {
        struct Reply: Sendable {
            var status = HTTPResponse.Status.ok
            var fields = HTTPFields()
            var body: [UInt8] = []
        }

        let replies: [Reply]
        let count = Mutex(0)

        init(_ replies: [Reply]) { self.replies = replies }

        func response(to request: ObjectStoreRequest) async throws -> ObjectStoreResponse {
            let index = self.count.withLock { count in
                count += 1
                return count - 1
            }
            require(index < 100, "the store is asked without an end")
            require(isOneLine(request.url) && !request.url.contains(" "), request.url)
            let reply = self.replies[min(index, self.replies.count - 1)]
            return ObjectStoreResponse(
                status: reply.status, headerFields: reply.fields, body: ChunkSource([reply.body]))
        }
    }

    static func run(_ input: Input) {
        var input = input
        switch input.byte() % 4 {
        case 0: Self.document(input.restText)
        case 1: Self.times(input.text())
        case 2: Self.object(&input)
        default: Self.list(&input)
        }
    }

    /// A text in a document is read as it was written, and adds no element.
    private static func document(_ text: String) {
        let escaped = StoreDocument.escaped(text)
        require(!escaped.utf8.contains { "<>\"'".utf8.contains($0) }, escaped)
        let document = StoreDocument(Array("<a><Key>\(escaped)</Key><Key></Key></a>".utf8))
        let read = document.text("Key")
        require(read.map { Array($0.utf8) } == Array(text.utf8), "\(text) is read as \(read ?? "nothing")")
        require(document.elements("Key").count == 2 && !document.hasElement("Code"), text)
        let other = StoreDocument(Array(text.utf8))
        for element in other.elements("Contents") { _ = element.text("Key") }
        _ = (other.text("Code"), other.hasElement("ListBucketResult"))
    }

    /// A time of a list is written as it was read.
    private static func times(_ text: String) {
        guard let time = S3Time(iso8601: text) else { return }
        require(time.description.utf8.count == 16, "\(text) is \(time)")
        require(S3Time(secondsSince1970: time.secondsSince1970).description == time.description, text)
        let digits = text.utf8.filter { (0x30...0x39).contains($0) }
        require(digits.count >= 6, text)
    }

    private static func store(_ replies: [Store.Reply]) -> ObjectStore? {
        let service = try? ObjectStoreService.s3(
            endpoint: "https://s3.example.org", bucket: "bucket", region: "r",
            credentials: .accessKey("key", secretKey: "not for the fuzzer to know"))
        let logger = Logger(label: "fuzz") { _ in SwiftLogNoOpLogHandler() }
        return service.flatMap { try? ObjectStore($0, prefix: "p", transport: Store(replies), logger: logger) }
    }

    /// A list ends, and its objects are below the prefix.
    private static func list(_ input: inout Input) {
        var replies: [Store.Reply] = []
        for page in input.restText.split(separator: "\u{1}").prefix(5) {
            replies.append(Store.Reply(body: Array("<ListBucketResult>\(page)</ListBucketResult>".utf8)))
        }
        guard !replies.isEmpty, let store = Self.store(replies) else { return }
        let objects = result { try? await store.objects(beginningWith: "", limit: 20) }
        for object in objects ?? [] {
            require(object.etag.hasPrefix("\"") || object.etag.hasPrefix("W/\""), object.etag)
            require(isOneLine(object.etag.filter(\.isASCII)), object.etag)
        }
        require((objects?.count ?? 0) <= 1000, "\(objects?.count ?? 0) objects")
    }

    /// The beginning of an object has the store's bytes. No error contains the rest of a reply.
    private static func object(_ input: inout Input) {
        var reply = Store.Reply(status: .init(code: 200 + Int(input.byte()) % 400))
        let (limit, field) = (Int(input.byte()), input.text())
        reply.fields[.contentLength] = field
        reply.fields[.eTag] = input.text()
        reply.fields[.lastModified] = input.text()
        reply.body = Array(input.rest)
        // A store that cannot be asked now is asked again after a time.
        guard ![408, 429, 500, 502, 503, 504].contains(reply.status.code), let store = Self.store([reply]) else {
            return
        }
        let body = reply.body
        let status = reply.status
        result {
            do {
                let (bytes, isWhole) = try await store.beginning(of: "k", limit: limit)
                require(bytes.elementsEqual(status.code == 416 ? [] : body.prefix(limit)), "\(bytes)")
                require(isWhole == (status.code == 416 || body.count <= limit), "\(body.count) bytes, \(limit)")
            } catch {
                require(isOneLine("\(error)") && "\(error)".utf8.count < 400, "\(error)")
            }
            do {
                try await store.delete("k")
            } catch {
                require(isOneLine("\(error)") && "\(error)".utf8.count < 400, "\(error)")
            }
        }
    }
}
