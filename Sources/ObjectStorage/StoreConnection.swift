import HTTPTypes
import Logging
import Sendfile

/// Requests that the program itself sends to the store.
struct StoreConnection: Sendable {
    let transport: any ObjectStoreTransport
    var logger: Logger
    let remembered = RememberedObjects()

    /// A result, or the status that the client gets instead.
    enum Answer<Value> {
        case value(Value)
        case refused(HTTPResponse.Status)
    }

    /// Sends a request; the status of a store that says nothing about the client's request becomes 502 or 504.
    func send(_ request: ObjectStoreRequest) async throws -> Answer<ObjectStoreResponse> {
        let response: ObjectStoreResponse
        do {
            response = try await self.transport.response(to: request)
        } catch let error as CancellationError {
            throw error
        } catch {
            if Task.isCancelled { throw CancellationError() }
            let isTimeout = error is ObjectStoreTimeout
            self.log("answered with \(isTimeout ? 504 : 502): \(error)", request)
            return .refused(isTimeout ? .gatewayTimeout : .badGateway)
        }
        switch response.status {
        case .ok, .partialContent, .notModified: return .value(response)
        case .notFound, .gone: return .refused(.notFound)
        case .preconditionFailed, .rangeNotSatisfiable: return .refused(response.status)
        default:
            let status: HTTPResponse.Status = response.status == .gatewayTimeout ? .gatewayTimeout : .badGateway
            // The body contains the access key and the text that was signed.
            self.log("answered with \(status.code): the store answered with \(response.status.code)", request)
            return .refused(status)
        }
    }

    /// The version of an object, as remembered or as the store says.
    ///
    /// - Parameter request: Makes the signed request, if the store is asked.
    func version(
        of key: ObjectKey, for time: Duration, _ request: () throws -> ObjectStoreRequest
    ) async throws -> Answer<DescribedContent.Version> {
        if time > .zero, let version = self.remembered.version(of: key) { return .value(version) }
        let request = try request()
        switch try await self.send(request) {
        case .refused(let status): return .refused(status)
        case .value(let response):
            guard let version = response.version else {
                self.log("answered with 502: the store answered without a valid Content-Length or ETag", request)
                return .refused(.badGateway)
            }
            self.remembered.remember(version, of: key, for: time)
            return .value(version)
        }
    }

    func log(_ message: String, _ request: ObjectStoreRequest) {
        self.logger.error("\(message)", metadata: ["object": "\(request.description.printable)"])
    }
}

extension ObjectStoreResponse {
    /// The declared length of the body in bytes.
    var length: Int64? {
        self.headerFields[.contentLength].flatMap { Int64($0) }.flatMap { $0 >= 0 ? $0 : nil }
    }

    /// The version of the object that the response describes.
    fileprivate var version: DescribedContent.Version? {
        guard let size = self.length,
            let tag = self.headerFields[.eTag].flatMap({ DescribedContent.Version.entityTag($0) })
        else { return nil }
        return DescribedContent.Version(
            size: size, entityTag: tag, modified: self.headerFields[.lastModified].flatMap { HTTPDate($0) }?.seconds)
    }
}
