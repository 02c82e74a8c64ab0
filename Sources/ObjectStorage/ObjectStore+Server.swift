import HTTPTypes
import Sendfile

/// Requests that the web server sends to the store.
extension ObjectStore {
    /// The response that asks the web server to fetch the object.
    func serverResponse(
        _ request: some SendfileRequest, _ object: ObjectKey, _ key: String, _ fields: HTTPFields, _ toStore: HTTPFields
    ) throws(ObjectStoreError) -> FileResponse {
        let usesLocalRedirect = try Self.usesLocalRedirect(request)
        let location = try self.internalURL(for: request)
        let url = try self.url(for: ObjectRequest(key: object, time: self.now(), life: self.life), key)
        var serverFields = [
            (usesLocalRedirect ? "Location" : "X-Accel-Redirect", location), ("X-Object-Store-URL", url),
        ]
        for field in toStore { serverFields.append(("X-Object-Store-\(field.name.rawName)", field.value)) }
        if usesLocalRedirect {
            // Apache keeps these fields in a place of its own, which a local redirect clears.
            for name in [HTTPField.Name.eTag, .lastModified, .contentType] {
                if let value = fields[name] { serverFields.append(("X-Object-Store-Sent-\(name.rawName)", value)) }
            }
        }
        return FileResponse(
            status: .ok, headerFields: fields,
            delivery: .webServer(
                serverFields.compactMap { FileResponse.ServerField(name: $0.0, value: Array($0.1.utf8)) }))
    }

    /// Whether the web server is asked by a local redirect (RFC 3875 §6.2.2), as Apache's mod_fcgid is.
    ///
    /// Other web servers get `X-Accel-Redirect`, of which Caddy reads only the fields beside it.
    ///
    /// - Throws: ``ObjectStoreError`` for a web server that would send the signed URL to the client.
    private static func usesLocalRedirect(_ request: some SendfileRequest) throws(ObjectStoreError) -> Bool {
        guard let software = request.serverParameter("SERVER_SOFTWARE")?.prefix(while: { $0 != "/" && $0 != " " })
        else { return false }
        switch software {
        case "Apache":
            // mod_fcgid names the program's file here, and mod_proxy_fcgi its URL.
            guard request.serverParameter("SCRIPT_FILENAME")?.utf8.starts(with: "proxy:".utf8) == true else {
                return true
            }
            throw self.unsupported("Apache's mod_proxy_fcgi")
        case "lighttpd", "HAProxy": throw self.unsupported(String(software))
        default: return false
        }
    }

    private static func unsupported(_ server: String) -> ObjectStoreError {
        ObjectStoreError(
            .unsupportedServer,
            "OBJECT_DELIVERY is \"server\", and \(server) fetches no objects: use \"redirect\" or \"stream\", or a web server of "
                + "nginx, Caddy and Apache with mod_fcgid")
    }
}
