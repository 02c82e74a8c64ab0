/// A request that is made to see what comes back.
struct Question: Sendable {
    /// What it is about, for the report: `HEAD`, `If-None-Match`.
    let label: String
    let url: URLText
    var method = "GET"
    /// Lines such as `Cookie: session=1`.
    var headers: [String] = []
    /// Where in the file the body is expected to begin, in bytes.
    var offset = 0
    /// After how many bytes of the body enough is known; `nil` to take it all.
    var enough: Int?
}
