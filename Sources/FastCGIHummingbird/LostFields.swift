import HTTPTypes
import Logging
import Sendfile

/// The header fields of middleware that nginx removes from a response with a file.
enum LostFields {
    private static let logged = Locked<Set<HTTPField.Name>>([])

    /// Logs each name once, with the directive that keeps the field.
    static func log(_ fields: HTTPFields, of decision: FileResponse, _ logger: Logger) {
        guard decision.isSentByNginx else { return }
        for field in fields where !NginxBackend.keeps(field.name) && !self.nginxSets(field.name) {
            guard self.logged.withLock({ $0.insert(field.name).inserted }) else { continue }
            let (name, variable) = (field.name.rawName, field.name.canonicalName.replacing("-", with: "_"))
            logger.notice(
                """
                nginx removes the field \(name) from responses with a file, unless the internal location contains \
                "add_header \(name) $upstream_http_\(variable) always;"
                """)
        }
    }

    /// Whether nginx sends a field of this name by itself.
    private static func nginxSets(_ name: HTTPField.Name) -> Bool {
        name == .date || name == .server || name == .contentLength
    }
}

extension FileResponse {
    /// Whether nginx is asked to send the file.
    fileprivate var isSentByNginx: Bool {
        self.delivery.serverFields.contains { $0.name.lowercased() == "x-accel-redirect" }
    }
}
