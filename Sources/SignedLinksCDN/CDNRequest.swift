/// The parts of a request on which the verdict about a CDN's signature depends.
///
/// ```swift
/// func verdict(_ request: Request, _ tokens: AkamaiTokens) -> LinkVerdict {
///     var asked = CDNRequest(path: request.pathBytes, rawPath: request.rawPath, query: request.query ?? "")
///     for name in tokens.names { asked.cookies[name] = request.cookies[values: name] }
///     asked.clientAddress = request.remoteAddress
///     return tokens.verify(asked)
/// }
/// ```
public struct CDNRequest: Sendable {
    /// The path of the file: the request's path below the site's prefix, decoded, with or without a leading slash.
    public var path: [UInt8]

    /// The request's whole path as the client sent it, percent-encoded. CDNs sign URLs in this form.
    public var rawPath: String

    /// The request's query as it was sent, without the question mark.
    public var query: String

    /// The values of the cookies by their name, in the order of the request. The names that matter are ``CloudFrontLinks/cookieNames`` and
    /// ``AkamaiTokens/names``.
    public var cookies: [String: [String]] = [:]

    /// The values of the header fields with a name of ``AkamaiTokens/names``.
    public var fields: [String: String] = [:]

    /// The client's address.
    public var clientAddress: String?

    /// Creates a request for a file whose name need not be UTF-8.
    public init(path: some Sequence<UInt8>, rawPath: String, query: String = "") {
        self.path = Array(path)
        self.rawPath = rawPath
        self.query = query
    }
}
