import FastCGI
import HTTPTypes
import Sendfile

/// The options of a file response: `/with/<option>/<path>`.
extension Routes {
    func fileWithWish(_ rest: [UInt8], for request: Request) throws -> Response {
        let parts = String(decoding: rest, as: UTF8.self).split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return Response(status: .notFound) }
        switch parts[0] {
        case "post": return try self.sendfile(request, parts[1], SendfileOptions(additionalMethods: [.post]))
        case "neighbours": return try self.sendfile(request, parts[1], SendfileOptions(precompressed: true))
        case "guess": return try self.sendfile(request, parts[1], SendfileOptions(contentEncoding: .guessed))
        case "delete": return try self.sendfile(request, parts[1], SendfileOptions(deleteAfterSending: true))
        case "controls":
            let nginx = NginxControls(
                buffering: false, charset: .utf8, expires: .never, limitRate: .bytesPerSecond(1 << 20))
            return try self.sendfile(request, parts[1], SendfileOptions(nginx: nginx))
        case "text":
            var response = Response(headerFields: [.contentType: "text/plain"], body: .string("text"))
            response.controlFields = try self.sendfile.controlFields(NginxControls(charset: .utf8), for: request)
            return response
        default: return Response(status: .notFound)
        }
    }
}
