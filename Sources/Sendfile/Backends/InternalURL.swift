import SendfileBasics

/// The internal URLs of files.
struct InternalURL: Sendable {
    /// The prefix for all files of the root that ``mapping`` does not contain: percent-encoded, with a slash at both
    /// ends; `nil` if only mapped files have a URL.
    private let prefix: String?

    /// The prefixes of individual directories, anywhere.
    private let mapping: InternalURLMapping?

    /// - Parameters:
    ///   - prefix: The value of `SENDFILE_URL`; `nil` if it is not set.
    ///   - mapping: The value of `SENDFILE_MAPPING`. With a mapping, files outside of it have no default URL.
    ///   - scriptName: The parameter `SCRIPT_NAME`, read only if it is needed.
    init(
        prefix: InternalURLPrefix?, mapping: InternalURLMapping?, scriptName: () -> String?
    ) throws(SendfileError) {
        self.prefix =
            mapping == nil
            ? try (prefix ?? .standard).resolved(scriptName: scriptName).encoded
            : try prefix?.resolved(scriptName: scriptName).encoded
        self.mapping = try mapping?.resolved(scriptName: scriptName)
    }

    /// A prefix given in code, without a request.
    init(prefix: String) throws(SendfileError) {
        let prefix = try InternalURLPrefix(prefix, from: .code)
        guard !prefix.isRelativeToScript else {
            throw SendfileError(
                .invalidURLPrefix,
                "the internal URL prefix given to a backend begins with SCRIPT_NAME, which a backend does not receive; pass it to "
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

    /// The reason why a file has no URL; `nil` if it has one.
    func reasonToStream(_ location: FileLocation) -> String? {
        guard self.prefix == nil, self.mapping?.encoded(for: location.absolutePath) == nil else { return nil }
        return "no directory in SENDFILE_MAPPING contains it; add one, or a SENDFILE_URL for all others"
    }
}
