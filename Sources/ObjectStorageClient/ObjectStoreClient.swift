public import AsyncHTTPClient
import Glibc
import HTTPTypes
import NIOCore
import NIOHTTP1
public import ObjectStorage

/// Sends requests to an object store with async-http-client.
///
/// ```swift
/// let store = try ObjectStore(
///     .s3(endpoint: "https://s3.example.org", bucket: "reports", region: "eu-1", credentials: .environment),
///     delivery: .stream, transport: ObjectStoreClient())
/// ```
///
/// Values share the connections of one client. Certificates are verified. A body is read as fast as it is taken, and a content is sent
/// as fast as the store takes it: a few chunks are in memory.
public struct ObjectStoreClient: ObjectStoreTransport {
    private let client: HTTPClient
    private let timeout: Duration

    /// Creates a transport.
    ///
    /// - Parameters:
    ///   - client: A client of your own, for example with other certificates. It must not follow redirects nor decompress bodies, and its
    ///     `timeout.read` must be `nil`, because that time passes also while a client of yours reads slowly. `nil` is a client of this
    ///     library's.
    ///   - timeout: The time for the head of a response, for each further chunk of its body, and in which the store takes the next
    ///     chunk of a content.
    public init(client: HTTPClient? = nil, timeout: Duration = .seconds(30)) {
        self.client = client ?? Self.shared
        self.timeout = timeout
    }

    /// The client of all values; it lives as long as the process.
    private static let shared = HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: {
            var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow, decompression: .disabled)
            configuration.timeout = .init(connect: .seconds(5), read: nil)
            configuration.httpVersion = .http1Only
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 64
            return configuration
        }())

    /// Sends a request and returns when the response's head has arrived.
    public func response(to request: ObjectStoreRequest) async throws -> ObjectStoreResponse {
        var sent = HTTPClientRequest(url: request.url)
        sent.method = HTTPMethod(rawValue: request.method.rawValue)
        for field in request.headerFields { sent.headers.add(name: field.name.rawName, value: field.value) }
        let deadline = Deadline(self.timeout)
        if let content = request.content { sent.body = .content(content, within: deadline) }
        let (client, ready) = (self.client, sent)
        // The idempotent methods (RFC 9110 §9.2.2).
        let mayRepeat = request.method != .post && request.content?.isRepeatable ?? true
        let host = NameServerLimit.host(of: request.url)
        let response = try await deadline.wait {
            do {
                return try await NameServerLimit.shared.perform(for: host, leavesQuestion: Self.isConnectTimeout) {
                    try await Self.executed(ready, by: client, mayRepeat: mayRepeat)
                }
            } catch let error as HTTPClientError where error == .connectTimeout || error == .deadlineExceeded {
                throw ObjectStoreTimeout()
            }
        }
        var fields = HTTPFields()
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { fields.append(HTTPField(name: name, value: value)) }
        }
        return ObjectStoreResponse(
            status: .init(code: Int(response.status.code)), headerFields: fields,
            body: ObjectChunks(body: response.body, timeout: self.timeout))
    }

    /// The number of times that a request is sent: several kept connections may have been closed.
    private static let mostAttempts = 3

    /// Sends a request, and sends it again if the store closed a kept connection at that moment.
    ///
    /// - Parameter mayRepeat: Whether the store may receive the request twice.
    private static func executed(
        _ request: HTTPClientRequest, by client: HTTPClient, mayRepeat: Bool
    ) async throws -> HTTPClientResponse {
        var attemptsLeft = mayRepeat ? self.mostAttempts : 1
        while true {
            attemptsLeft -= 1
            do {
                // The deadline of the client would include the body.
                return try await client.execute(request, deadline: .distantFuture)
            } catch {
                guard attemptsLeft > 0, self.isClosedConnection(error) else { throw error }
            }
        }
    }

    private static func isConnectTimeout(_ error: any Error) -> Bool { (error as? HTTPClientError) == .connectTimeout }

    /// Whether an error says that a connection was closed before the head of a response arrived.
    private static func isClosedConnection(_ error: any Error) -> Bool {
        switch error {
        case let error as HTTPClientError: error == .remoteConnectionClosed
        case let error as ChannelError: error == .ioOnClosedChannel
        case let error as IOError: error.errnoCode == ECONNRESET || error.errnoCode == EPIPE
        default: false
        }
    }
}
