/// A request of the check.
struct Question: Sendable {
    /// The subject, for the report: `HEAD`, `If-None-Match`.
    let label: String
    let url: URLText
    var method = "GET"
    /// Header lines such as `Cookie: session=1`.
    var headers: [String] = []
    /// The position in the file at which the body is expected to begin, in bytes.
    var offset = 0
    /// The number of body bytes to read; `nil` reads the whole body.
    var enough: Int?
    /// Whether the response tells the address to which the request was sent. Needs ``Curl/knowsPeer``.
    var showsPeer = false
}
