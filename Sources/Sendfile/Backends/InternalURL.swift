import SendfileBasics

/// Which internal URL stands for which file.
struct InternalURL: Sendable {
    /// For the root, whatever ``mapping`` does not know: percent-encoded, with a slash at both ends; `nil` if only mapped files
    /// have a URL.
    private let prefix: String?

    /// For directories, wherever they are.
    private let mapping: InternalURLMapping?

    /// - Parameters:
    ///   - prefix: What `SENDFILE_URL` says; `nil` if nobody has said anything.
    ///   - mapping: What `SENDFILE_MAPPING` says. With a mapping, nothing is assumed about files that it does not name.
    ///   - scriptName: The parameter `SCRIPT_NAME`, asked for only if it is needed.
    init(
        prefix: InternalURLPrefix?, mapping: InternalURLMapping?, scriptName: () -> String?
    ) throws(SendfileError) {
        self.prefix =
            mapping == nil
            ? try (prefix ?? .standard).resolved(scriptName: scriptName).encoded
            : try prefix?.resolved(scriptName: scriptName).encoded
        self.mapping = try mapping?.resolved(scriptName: scriptName)
    }

    /// One prefix that was given in code, where there is no request.
    init(prefix: String) throws(SendfileError) {
        let prefix = try InternalURLPrefix(prefix, from: .code)
        guard !prefix.isRelativeToScript else {
            throw SendfileError(
                .invalidURLPrefix,
                "the internal URL prefix given to a backend begins with SCRIPT_NAME, which a backend does not see; give it to "
                    + "SendfileConfiguration(internalURLPrefix:) or as SENDFILE_URL")
        }
        self.prefix = prefix.encoded
        self.mapping = nil
    }

    /// The URL path of a file, percent-encoded; `nil` if it has none.
    func encoded(for location: FileLocation) -> [UInt8]? {
        if let mapping, let url = mapping.encoded(for: location.absolutePath) { return url }
        guard let prefix else { return nil }
        return PercentEncoding.encode(
            location.relativePath, keeping: PercentEncoding.pathCharacters, after: prefix)
    }

    /// Why a file has no URL; `nil` if it has one.
    func reasonToStream(_ location: FileLocation) -> String? {
        guard self.prefix == nil, self.mapping?.encoded(for: location.absolutePath) == nil else { return nil }
        return "no directory in SENDFILE_MAPPING holds it; add one, or a SENDFILE_URL for all others"
    }
}
