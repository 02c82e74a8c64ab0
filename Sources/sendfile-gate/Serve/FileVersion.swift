import FastCGI
import HTTPTypes
import Sendfile
import SystemPackage

extension Sendfile {
    /// The version of a file: its `ETag` without quotes, whatever conditions the client has; `nil` without a file.
    func version(of path: FilePath, for request: Request) throws -> String? {
        try self(VersionRequest(request: request), path).version
    }
}

extension FileResponse {
    /// The version of the file of a response to `HEAD`: its `ETag` without quotes; `nil` without a file.
    var version: String? {
        guard self.status == .ok, let tag = self.headerFields[.eTag] else { return nil }
        // The tag of a file that was modified in this second is weak.
        return String((tag.hasPrefix("W/") ? tag.dropFirst(2) : tag[...]).filter { $0 != "\"" })
    }
}

/// A request with the web server's parameters of another one, and without the client's conditions.
private struct VersionRequest: SendfileRequest {
    let request: Request

    var method: HTTPRequest.Method { .head }

    func fieldValue(_ name: HTTPField.Name) -> String? { nil }

    func serverParameter(_ name: String) -> String? { self.request.serverParameter(name) }
}
