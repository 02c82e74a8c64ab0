import HTTPTypes

extension Authorization {
    /// The response that conveys the decision to the web server.
    ///
    /// The server creates it for its authorizer's decisions. Call it in a handler that has determined in another way
    /// that the request comes from nginx's `auth_request`.
    ///
    /// - Parameter request: The request. In FastCGI's authorizer role, a permission is status 200 with the variables,
    ///   and a denial is the response to the client. Any other request is treated as the subrequest of nginx's
    ///   `auth_request`: a permission is status 204 with the variables, and a denial becomes one that nginx passes on.
    ///   A redirect becomes 401 and keeps its `Location`, which `auth_request_set` can read; 401, 403 and server errors
    ///   are unchanged; all others become 403.
    public func response(to request: Request) -> Response {
        switch (self.decision, request.form) {
        case (.allow(let variables), .authorization):
            var response = Response(status: .ok, headerFields: variables)
            // mod_fcgid would add the length to the response that follows.
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

    /// A status that nginx's `auth_request` handles as intended: it accepts 401 and 403, and answers 500 to all others.
    private static func subrequestStatus(for status: HTTPResponse.Status) -> HTTPResponse.Status {
        switch status.kind {
        case .redirection: .unauthorized
        case .serverError: status
        default: status == .unauthorized ? status : .forbidden
        }
    }
}
