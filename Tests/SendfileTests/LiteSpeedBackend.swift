import HTTPTypes
import Sendfile

/// LiteSpeed's `X-LiteSpeed-Location`: a path of the web server's own, as in a `Location`, so percent-encoded.
struct LiteSpeedBackend: Backend {
    /// Where the web server has the files, and clients cannot go: a static context with a rewrite rule or access control.
    let prefix: String

    func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
        // The web server computes ETag and Last-Modified itself: with others, the file is streamed. So it is where the content
        // is encoded, which the web server does not know.
        guard !decision.hasCustomValidators, !decision.headerFields.contains(.contentEncoding) else { return nil }
        let path = Array(self.prefix.utf8) + decision.location.percentEncodedPath
        return FileResponse.ServerField(name: "X-LiteSpeed-Location", value: path).map { [$0] }
    }
}
