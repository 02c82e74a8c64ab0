import HTTPTypes
import Logging
import Sendfile

/// Requests that change the store.
extension StoreConnection {
    /// The number of times that a request is sent which may be repeated.
    static let mostAttempts = 3

    /// Sends a request and returns the answer to it, which is a success.
    ///
    /// - Parameters:
    ///   - attempts: The number of times that the request is sent, if the store fails or does not answer.
    ///   - request: Makes the signed request.
    func change(
        attempts: Int = Self.mostAttempts, _ request: () throws -> ObjectStoreRequest
    ) async throws -> (fields: HTTPFields, body: [UInt8]) {
        var attempt = 1
        while true {
            let request = try request()
            let failure: ObjectStoreError
            switch await self.result(of: request) {
            case .success(let response):
                guard response.status.kind != .successful else { return (response.fields, response.body) }
                failure = .answer(response.status, StoreDocument(response.body).text("Code"), to: request)
            case .failure(let error):
                if Task.isCancelled { throw CancellationError() }
                failure = ObjectStoreError(
                    .unavailable, "the request \(request.description.printable) failed: \(error)")
                // This took long enough.
                if error is ObjectStoreTimeout { throw failure }
            }
            guard failure.code == .unavailable, attempt < attempts else { throw failure }
            self.logger.warning(
                "the store is asked again: \(failure)", metadata: ["object": "\(request.description.printable)"])
            try await Task.sleep(for: .milliseconds(100 << (2 * (attempt - 1))))
            attempt += 1
        }
    }

    /// The answer with the beginning of its body.
    private func result(
        of request: ObjectStoreRequest
    ) async -> Result<(status: HTTPResponse.Status, fields: HTTPFields, body: [UInt8]), any Error> {
        do {
            let response = try await self.transport.response(to: request)
            return .success((response.status, response.headerFields, try await response.beginning()))
        } catch {
            return .failure(error)
        }
    }
}

extension ObjectStoreResponse {
    /// The beginning of the body, at most 4 MiB: answers to changes and lists are shorter.
    fileprivate func beginning() async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in self.body {
            bytes += chunk
            guard bytes.count < 4 << 20 else { break }
        }
        return bytes
    }
}

extension ObjectStoreError {
    /// The error for an answer that is not a success.
    ///
    /// - Parameter code: The code in the answer's body, which names the reason at S3. The rest of the body contains the access key.
    static func answer(_ status: HTTPResponse.Status, _ code: String?, to request: ObjectStoreRequest) -> Self {
        let isName = code.map { $0.utf8.count <= 64 && $0.utf8.allSatisfy { $0.isLetter } } ?? false
        let reason = isName ? " (\(code ?? ""))" : ""
        let answer = "the store answered \(status.code)\(reason) to \(request.description.printable)"
        switch status.code {
        case 404, 410: return Self(.missing, "the bucket or the object does not exist: \(answer)")
        case 412: return Self(.exists, "an object with this key exists already and was not replaced: \(answer)")
        case 422: return Self(.damaged, "the store received other bytes than were sent: \(answer)")
        case 400 where code == "BadDigest":
            return Self(.damaged, "the store received other bytes than were sent: \(answer)")
        case 413: return Self(.tooLarge, "the content is too large for the store: \(answer)")
        case 408, 429, 500, 502, 503, 504: return Self(.unavailable, "the store cannot do this now: \(answer)")
        default: return Self(.refused, "\(answer): check the credentials, the region, the bucket and the clock")
        }
    }
}

extension UInt8 {
    fileprivate var isLetter: Bool { (0x41...0x5A).contains(self & ~0x20) }
}
