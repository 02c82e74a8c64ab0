import HTTPTypes
import Logging
import Sendfile

/// How a request for a permission becomes a response.
extension ServerCore {
    /// Asks the authorizer. Whatever goes wrong lets nobody in.
    ///
    /// - Parameter refusal: an error that was found before, to be answered without the authorizer.
    func authorize(_ request: Request, refusal: (any Error)?) async -> Response {
        let authorization: Authorization
        do {
            if let refusal { throw refusal }
            authorization = try await self.authorization(of: request)
        } catch {
            authorization = .deny(self.response(to: error, request: request))
        }
        if let status = authorization.mistakenStatus {
            self.logger.error(
                "the authorizer denies with status \(status.code), which would let the client in; 403 is sent instead",
                metadata: ["request": "\(request.id)", "path": "\(request.printablePath)"])
        }
        return authorization.response(to: request)
    }

    private func authorization(of request: Request) async throws -> Authorization {
        if request.form == .unknown {
            throw AuthorizationFailure.unknownRole((request.parameters["FCGI_ROLE"] ?? "").printable)
        }
        guard let authorizer else { throw AuthorizationFailure.noAuthorizer }
        guard request.parameters.withValue(of: "REQUEST_URI", { !$0.isEmpty }) == true else {
            throw AuthorizationFailure.noTarget
        }
        guard !AmbiguousPath.isAmbiguous(request.pathBytes), !request.rawPath.utf8.contains(UInt8(ascii: "#")) else {
            throw AmbiguousPath()
        }
        return try await authorizer(request)
    }
}
