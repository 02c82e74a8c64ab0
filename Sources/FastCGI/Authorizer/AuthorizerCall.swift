import HTTPTypes
import Logging
import Sendfile

/// How a request for a permission becomes a response.
struct AuthorizerCall: Sendable {
    /// `nil` if the program has none.
    let authorizer: FastCGIServer.Authorizer?
    let logger: Logger

    /// Asks the authorizer. Whatever goes wrong lets nobody in.
    ///
    /// - Parameters:
    ///   - refusal: an error that was found before, to be answered without the authorizer.
    ///   - answer: makes the answer to an error.
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
        if let ambiguity = request.ambiguity { throw ambiguity }
        return try await authorizer(request)
    }
}
