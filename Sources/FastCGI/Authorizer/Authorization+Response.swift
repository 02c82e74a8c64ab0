import HTTPTypes

extension Authorization {
    /// The response that tells the web server.
    ///
    /// The server makes it by itself for what its authorizer decides. A handler calls it where it has found out in another way that
    /// its answer is for nginx's `auth_request`.
    ///
    /// - Parameter request: The request. In FastCGI's authorizer role the permission is status 200 with the variables, and a denial
    ///   is the answer to the client. Anything else is taken for the subrequest of nginx's `auth_request`: the permission is status
    ///   204 with the variables, and a denial becomes one of those that nginx passes on: a redirect is 401 and keeps its
    ///   `Location`, which `auth_request_set` can read; 401, 403 and server errors stay; the rest is 403.
    public func response(to request: Request) -> Response {
        switch (self.decision, request.form) {
        case (.allow(let variables), .authorization):
            var response = Response(status: .ok, headerFields: variables)
            // mod_fcgid would give the length to the answer that follows.
            response.omitsLength = true
            return response
        case (.deny(let response), .authorization):
            return response
        case (.allow(let variables), _):
            return Response(status: .noContent, headerFields: variables)
        case (.deny(let response), _):
            return Response(status: Self.subrequestStatus(for: response.status), headerFields: response.headerFields)
        }
    }

    /// A status that ends nginx's `auth_request` as it should: it knows 401 and 403, and answers 500 to all else.
    private static func subrequestStatus(for status: HTTPResponse.Status) -> HTTPResponse.Status {
        switch status.kind {
        case .redirection: .unauthorized
        case .serverError: status
        default: status == .unauthorized ? status : .forbidden
        }
    }
}
