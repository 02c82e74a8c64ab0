public import HTTPTypes
public import SignedLinks

extension LinkVerdict {
    /// The status for the client: 200, 410 (Gone) or 404 (Not Found).
    ///
    /// ```swift
    /// let verdict = links.verify(path: request.path, query: request.query ?? "")
    /// guard case .valid(let link) = verdict else { return Response(status: verdict.status) }
    /// return try sendfile(request, FilePath(link.pathString ?? ""))
    /// ```
    ///
    /// A client without a correct signature learns nothing from it, not even whether an invented expiry is over.
    public var status: HTTPResponse.Status {
        switch self {
        case .valid: .ok
        case .expired: .gone
        case .invalid: .notFound
        }
    }
}
