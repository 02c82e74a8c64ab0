import FastCGI
import HTTPTypes
import Logging
import ObjectStorage
import Sendfile
import SignedLinks

/// A bucket that a gate serves in place of a directory.
struct GateStore: Sendable {
    let store: ObjectStore
    private let settings: StoreSettings
    /// The time for which the store's answer about an object is remembered, if the program fetches it.
    private static let memory = Duration.seconds(10)

    init(_ settings: StoreSettings, logger: Logger) throws(GateError) {
        self.settings = settings
        self.store = try settings.store(transport: StoreClient.transport, logger: logger)
        // Signing reads the credentials.
        do {
            _ = try self.store.signedURL(.get, "key")
        } catch {
            throw StoreSettings.named(error)
        }
    }

    /// The bucket for the report of the settings.
    var report: String {
        let delivery = self.settings.delivery ?? "redirect"
        return
            "\(self.store), delivery \(delivery): the credentials were read, and the store is not asked; sendfile-gate check asks it"
    }

    /// Whether a request is answered from the bucket: a directory in the web server's parameter overrides it.
    func serves(_ request: Request) -> Bool {
        guard let root = request.serverParameter("SENDFILE_ROOT"), !root.isEmpty else { return true }
        return root == self.settings.root
    }

    /// The response with the object of a link.
    func response(
        to request: Request, _ link: VerifiedLink, _ options: SendfileOptions, _ disposition: GateDisposition
    ) async throws -> Response {
        // A key of S3 or OpenStack Swift is UTF-8.
        guard let key = link.pathString else { return Response(status: .notFound) }
        var options = options
        let isSaved = disposition.saves(FileMediaType.type(ofName: key))
        options.attachment =
            if let name = link.name {
                isSaved ? .attachment(named: name) : .inline(named: name)
            } else {
                isSaved ? .attachment : .inline
            }
        // The validators of a client's partial download are judged here only if the program asks the store anyway.
        let delivery = request.serverParameter("OBJECT_DELIVERY") ?? self.settings.delivery
        let knowledge: ObjectKnowledge = delivery == "stream" ? .asked(for: Self.memory) : .left
        return try await self.store(request, key, options, knowledge: knowledge)
    }
}
