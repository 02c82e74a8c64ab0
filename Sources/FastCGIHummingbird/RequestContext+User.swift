public import Hummingbird

extension RequestContext {
    /// Names the user who receives the response, for the access log of the FastCGI server (`FASTCGI_ACCESS_LOG`).
    ///
    /// Without it, the log has the user that the web server has authenticated. The name is not sent. On Hummingbird's own server, this
    /// method does nothing.
    ///
    /// ```swift
    /// import FastCGIHummingbird
    /// import Hummingbird
    ///
    /// struct SignIn: RouterMiddleware {
    ///     typealias Context = BasicRequestContext
    ///
    ///     func handle(
    ///         _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ///     ) async throws -> Response {
    ///         guard let user = request.cookies["user"]?.value else { throw HTTPError(.unauthorized) }
    ///         context.logUser(user)
    ///         return try await next(request, context)
    ///     }
    /// }
    /// ```
    public func logUser(_ name: String) { RequestChannel.current?.user = name }
}
