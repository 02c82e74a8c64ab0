import HTTPTypes
import Sendfile

/// LiteSpeed's `X-LiteSpeed-Location`: a path of the web server, percent-encoded as in a `Location`.
struct LiteSpeedBackend: Backend {
    let name = "litespeed"
    let reservedFieldNames = ["X-LiteSpeed-Location"]

    /// The path of the files in the web server, closed to clients: a static context with a rewrite rule or access control.
    let prefix: String

    func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
        // The web server computes ETag and Last-Modified itself, and does not know a content encoding: stream the file if
        // the response needs other values or an encoding.
        guard !decision.hasCustomValidators, !decision.headerFields.contains(.contentEncoding) else { return nil }
        let path = Array(self.prefix.utf8) + decision.location.percentEncodedPath
        return FileResponse.ServerField(name: "X-LiteSpeed-Location", value: path).map { [$0] }
    }
}
