import HTTPTypes

/// The page that caused a request.
extension Request {
    /// Whether a page of another site caused this request, as a protection against cross-site request forgery. Refuse a form for which it
    /// is `true`.
    ///
    /// ```swift
    /// if request.method == .post, request.isFromAnotherSite { return Response(status: .forbidden) }
    /// ```
    ///
    /// Browsers state the relation of the two sites in `Sec-Fetch-Site`, older ones the other site's name in `Origin`; another
    /// subdomain is another site. A client that sends neither is not a browser, so that no page controls it.
    public var isFromAnotherSite: Bool {
        if let relation = self.fieldValue(Self.secFetchSite) { return relation != "same-origin" && relation != "none" }
        guard let origin = self.fieldValue(.origin) else { return false }
        guard let host = self.fieldValue(Self.host) else { return true }
        if origin == "https://\(host)" { return false }
        // Behind a proxy that ends TLS, the request's scheme may be http while the client's is https, but not the other way round.
        return self.scheme == "https" || origin != "http://\(host)"
    }

    private static let secFetchSite = HTTPField.Name("Sec-Fetch-Site")!
    private static let host = HTTPField.Name("Host")!
}
