import SendfileBasics
import SystemPackage

extension Check {
    /// Checks a gate whose root is a bucket.
    func check(_ store: StoreSettings, _ settings: GateSettings) async throws {
        var url = try CheckInput.withoutSignature(self, settings)
        var key = self.file.map { String($0.drop { $0 == "/" }) }
        // The path of a link names the object.
        if let text = self.url, let link = URLText(text), !link.query.isEmpty {
            let path = String(decoding: PercentEncoding.decode(link.path.utf8), as: UTF8.self)
            guard path.hasPrefix("\(settings.prefix)/") else {
                throw CheckFailure(.unusable, "the path of --url does not begin with SENDFILE_LINK_PREFIX")
            }
            let below = String(path.dropFirst(settings.prefix.count + 1))
            key = key ?? below
            url = link.at(settings.prefix.isEmpty ? "/" : settings.prefix).text
        }
        guard let key, !key.isEmpty else {
            throw CheckFailure(
                .unusable, "name an object below \(store.root): --file with its key, or --url with a link to it")
        }
        // Bodies are compared with each other.
        let none = try FileDescriptor.open("/dev/null", .readOnly, options: [.closeOnExec])
        let links = try GateLinks(settings, url: url, address: self.address, user: self.forUser)
        let examination = StoreExamination(
            settings: settings, store: store, key: key, links: links, headers: try HeaderLines.read(self.headers),
            server: self.server,
            curl: Curl(timeout: self.timeout, isInsecure: self.insecure, address: self.connectTo, file: none),
            storeCurl: Curl(timeout: self.timeout, isInsecure: false, file: none))
        let facts = try await examination.run()
        try self.finish(
            Report(
                url: links.base.shown, file: "\(store.root): \(key)", server: facts.server,
                findings: StoreRules.judge(facts)))
    }
}
