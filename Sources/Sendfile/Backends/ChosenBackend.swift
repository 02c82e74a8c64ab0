/// The backend for a request, in an object: passing on a reference costs less than copying an existential.
final class ChosenBackend: Sendable {
    let backend: any Backend

    /// The backend's name, for the log.
    let name: String

    /// Whether the web server understands nginx's own controls.
    private let isNginx: Bool

    /// Whether the backend is not one of the library's.
    private let isForeign: Bool

    init(_ backend: any Backend) {
        let type = ObjectIdentifier(Swift.type(of: backend))
        self.backend = backend
        self.name = backend.name
        self.isNginx = type == ObjectIdentifier(NginxBackend.self)
        self.isForeign = !Self.ownTypes.contains(type)
    }

    private static let ownTypes = Set(
        [
            ApacheBackend.self, CaddyBackend.self, LighttpdBackend.self, LocalRedirectBackend.self, NginxBackend.self,
        ].map { ObjectIdentifier($0 as any Backend.Type) })

    /// The fields that ask the web server for a file; `nil` to stream it.
    func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
        guard let fields = self.backend.serverFields(for: decision), self.unreserved(of: fields) == nil else {
            return nil
        }
        return fields
    }

    /// Why ``serverFields(for:)`` returns `nil`, for the log.
    func reasonToStream(_ decision: FileDecision) -> String {
        if let fields = self.backend.serverFields(for: decision), let field = self.unreserved(of: fields) {
            return "\(field.name.printable) is not in the reservedFieldNames of the backend \(self.name.printable)"
        }
        return self.backend.reasonToStream(decision)
    }

    /// A field that a handler could send as well: through it, a client's text could choose a file.
    private func unreserved(of fields: [FileResponse.ServerField]) -> FileResponse.ServerField? {
        self.isForeign ? fields.first { !ReservedFields.contains($0.name.lowercased()) } : nil
    }

    /// The fields that tell nginx its controls; none for any other web server.
    func controlFields(for controls: NginxControls) -> [FileResponse.ServerField] {
        self.isNginx ? controls.fields : []
    }
}
