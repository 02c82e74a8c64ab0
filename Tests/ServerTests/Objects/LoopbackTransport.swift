import HTTPTypes
import ObjectStorage
import ObjectStorageClient

/// A transport that connects to this machine whatever the host of a URL is, as if a resolver knew it.
struct LoopbackTransport: ObjectStoreTransport {
    private let client = ObjectStoreClient()

    func response(to request: ObjectStoreRequest) async throws -> ObjectStoreResponse {
        let (authority, target) = Self.parts(of: request.url)
        let port = authority.split(separator: ":").last ?? ""
        var request = request
        request.headerFields[.init("Host")!] = authority
        request.url = "http://127.0.0.1:\(port)\(target)"
        return try await self.client.response(to: request)
    }

    /// The answer to a client that follows a redirect.
    static func get(_ url: String) throws -> HTTPAnswer {
        let (authority, target) = Self.parts(of: url)
        return try HTTPClient(port: try ObjectStoreServer.shared.port, authority: authority).get(target)
    }

    private static func parts(of url: String) -> (authority: String, target: String) {
        let rest = url.dropFirst("http://".count)
        let authority = rest.prefix { $0 != "/" }
        return (String(authority), String(rest.dropFirst(authority.count)))
    }
}
