import FastCGI
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import Sendfile

extension FastCGI.Response {
    /// The most bytes of a body that are collected, so that they are sent with the head.
    private static let largestCollected = 64 << 10

    /// Creates the response from the one of a router.
    ///
    /// - Parameters:
    ///   - response: The router's response.
    ///   - file: The latest decision about a file, which may be the body.
    ///   - isHead: Whether the request's method is `HEAD`.
    init(_ response: Hummingbird.Response, file: FileAnswer?, isHead: Bool, logger: Logger) async throws {
        let length = response.body.contentLength
        self.init(status: response.status, headerFields: response.headers)
        if let length, 0...Self.largestCollected ~= length {
            let collected = CollectedBody(limit: length, logger: logger)
            try await response.body.write(collected.writer)
            if let file = collected.file {
                try self.send(file, logger)
            } else if !collected.bytes.isEmpty {
                self.body = .bytes(collected.bytes)
            } else if isHead {
                // The router's option `autoGenerateHeadEndpoints` removes the body. The length of 0 that is then declared may not be that
                // of the response to GET, whose length was not known yet.
                if let file, file.hasHead(of: response) {
                    try self.send(file, logger)
                } else if self.headerFields[.contentLength] == "0" {
                    self.headerFields[.contentLength] = nil
                }
            }
        } else if let file, file.length == length {
            // The body is probably the file. Otherwise middleware wraps it without changing its length, for example to
            // send it more slowly.
            switch await BodyTask.run(response.body, logger: logger) {
            case .file(let file): try self.send(file, logger)
            case .chunks(let chunks): self.body = .stream(chunks)
            }
        } else {
            let unsent = UnsentBody(response.body, logger: logger)
            self.body = .written { try await unsent.write(to: $0) }
        }
    }

    /// Sends a file in the way that was decided, with the status and the fields of this response.
    private mutating func send(_ file: FileAnswer, _ logger: Logger) throws {
        let (status, fields) = (self.status, self.headerFields)
        // A web server sends a file only with the status that was decided.
        let isAsDecided = file.decision.delivery.serverFields.isEmpty || status == file.decision.status
        self = FastCGI.Response(file.decision)
        if !isAsDecided {
            self = FastCGI.Response(status: status)
            self.body = try file.bytes().map { .file($0) } ?? .none
        }
        self.status = status
        self.headerFields = fields
        if isAsDecided { LostFields.log(fields, of: file.decision, logger) }
    }
}
