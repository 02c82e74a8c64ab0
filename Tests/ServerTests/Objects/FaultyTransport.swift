import HTTPTypes
import ObjectStorage
import ObjectStorageClient
import Sendfile

/// A transport that counts requests, and fails or falsifies some of them.
final class FaultyTransport: ObjectStoreTransport {
    /// A fault of the connection to the store, or of the store.
    enum Fault: Sendable {
        case lostAnswer, lostRequest
        case status(Int)
        case flippedBit
    }

    private let client = ObjectStoreClient()
    private let fault: @Sendable (ObjectStoreRequest, _ number: Int) -> Fault?
    private let methods = Locked<[String]>([])
    private let sentBytes = Locked(0)

    /// - Parameter fault: The fault of a request, and its number from 1 on.
    init(_ fault: @escaping @Sendable (ObjectStoreRequest, Int) -> Fault? = { _, _ in nil }) {
        self.fault = fault
    }

    /// The methods of the requests so far, `POST uploads` and `PUT 2` for those of uploads in parts.
    var requests: [String] { self.methods.withLock { $0 } }

    /// The number of bytes of contents so far.
    var sent: Int { self.sentBytes.withLock { $0 } }

    func response(to request: ObjectStoreRequest) async throws -> ObjectStoreResponse {
        let number = self.methods.withLock {
            $0.append(Self.summary(request))
            return $0.count
        }
        var request = request
        let fault = self.fault(request, number)
        if let content = request.content {
            func observed(_ chunks: some AsyncSequence<[UInt8], any Error> & Sendable) -> ObjectStoreContent {
                let isFlipped = if case .flippedBit = fault { true } else { false }
                let sentBytes = self.sentBytes
                let chunks = chunks.map { chunk in
                    sentBytes.withLock { $0 += chunk.count }
                    var chunk = chunk
                    if isFlipped, !chunk.isEmpty { chunk[0] ^= 1 }
                    return chunk
                }
                return ObjectStoreContent(length: content.length, chunks: chunks, isRepeatable: content.isRepeatable)
            }
            request.content = observed(content.chunks)
        }
        struct Lost: Error {}
        switch fault {
        case .lostRequest: throw Lost()
        case .lostAnswer:
            _ = try await self.client.response(to: request)
            throw Lost()
        case .status(let code):
            return ObjectStoreResponse(
                status: .init(code: code), headerFields: [:], body: AsyncThrowingStream { $0.finish() })
        case .flippedBit, nil: return try await self.client.response(to: request)
        }
    }

    private static func summary(_ request: ObjectStoreRequest) -> String {
        let query = request.url.split(separator: "?").last?.split(separator: "&") ?? []
        let word =
            query.first { $0.hasPrefix("partNumber=") }?.dropFirst(11) ?? (query.contains("uploads=") ? "uploads" : "")
        return word.isEmpty ? request.method.rawValue : "\(request.method.rawValue) \(word)"
    }
}
