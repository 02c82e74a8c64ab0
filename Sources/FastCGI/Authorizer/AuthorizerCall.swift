import HTTPTypes
import Logging
import Sendfile

/// Calls the authorizer and converts its decision to a response.
struct AuthorizerCall: Sendable {
    /// The authorizer; `nil` if the program has none.
    let authorizer: FastCGIServer.Authorizer?
    let logger: Logger

    /// Calls the authorizer. Any failure denies access.
    ///
    /// - Parameters:
    ///   - refusal: An error that was found earlier. The request is answered with it, without the authorizer.
    ///   - answer: Creates the response for an error.
    func response(
        to request: Request, refusal: (any Error)?, error answer: (any Error) -> Response
    ) async -> Response {
        let authorization: Authorization
        do {
            if let refusal { throw refusal }
            authorization = try await self.authorization(of: request)
        } catch {
            authorization = .deny(answer(error))
        }
        if let status = authorization.mistakenStatus {
            self.logger.error(
                "the authorizer denies with status \(status.code), which would permit access; 403 is sent instead",
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
        if let ambiguity = request.ambiguity { throw ambiguity }
        return try await authorizer(request)
    }
}
