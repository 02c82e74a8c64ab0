import SignedLinks

/// The keys with which links are verified, and the files that contain them.
///
/// Every file with keys is read through this type, which remembers it. So SIGHUP reads each file again that the start has read.
struct GateKeys: Sendable {
    /// The keys of links and grants, the one that signs new ones first.
    let links: [LinkKey]
    /// The keys of CDNs; `nil` if the settings name none.
    let cdn: CDNLinks?
    let warnings: [String]
    private let source: SettingsSource
    private let files: KeyFiles

    /// Reads the keys that the settings contain or name.
    init(_ source: SettingsSource) throws(GateError) { try self.init(source, KeyFiles()) }

    private init(_ source: SettingsSource, _ files: KeyFiles) throws(GateError) {
        var files = files
        (self.links, self.warnings) = try LinkKeys.read(source, &files)
        self.cdn = try CDNSettings.read(source, &files)
        (self.source, self.files) = (source, files)
    }

    /// The paths of the files with keys: those that the settings name, and the settings file if it contains a key itself.
    var paths: [String] {
        let settings = self.source.hasLinkSecretsInFile ? self.source.file : nil
        return ([settings].compactMap { $0 } + self.files.paths)
    }

    /// The keys with the present content of one file, and the previous content of every other one.
    func reading(_ path: String) throws(GateError) -> GateKeys {
        do throws(GateError) {
            guard path != self.source.file else { return try GateKeys(self.source.readingLinkSecrets(), self.files) }
            var files = self.files
            try files.readAgain(path)
            return try GateKeys(self.source, files)
        } catch {
            throw error.located(in: self.source.places)
        }
    }
}
