import HTTPTypes

/// `X-Sendfile` as `conf/caddy` configures Caddy for it (`handle_response` with `rewrite` and `file_server`): the path
/// below the root, byte by byte.
///
/// Caddy 2.6 decodes nothing in a rewritten path; later versions decode `%` and truncate the path at `#`. Caddy
/// computes its own `ETag` in another format: `conf/caddy` replaces it with the program's, and removes the conditions,
/// which the program has evaluated.
public struct CaddyBackend: Backend {
    /// Whether Caddy's root is `/`, and the field contains the absolute path.
    private let namesAbsolutePaths: Bool

    /// Creates the backend.
    public init() { self.init(namesAbsolutePaths: false) }

    init(namesAbsolutePaths: Bool) { self.namesAbsolutePaths = namesAbsolutePaths }

    /// `caddy`.
    public var name: String { "caddy" }

    /// `X-Sendfile`.
    public var reservedFieldNames: [String] { ["X-Sendfile*"] }

    /// The field `X-Sendfile`; `nil` for names with `%`, `#`, `?`, control characters, or a space or tab at the end,
    /// for validators of the handler's own, and for encoded content, which Caddy sends without a length.
    public func serverFields(for decision: FileDecision) -> [FileResponse.ServerField]? {
        guard !decision.hasCustomValidators, !decision.hasContentEncoding else { return nil }
        let path = self.namesAbsolutePaths ? decision.location.absolutePath.dropFirst() : decision.location.relativePath
        guard !path.endsWithSpace, !path.contains(where: Self.changesPath) else { return nil }
        // The slash protects a space at the start.
        return FileResponse.ServerField(name: "X-Sendfile", value: [UInt8(ascii: "/")] + path).map { [$0] }
    }

    /// Whether some version of Caddy interprets this byte of a path.
    private static func changesPath(_ byte: UInt8) -> Bool {
        switch byte {
        case 0..<0x20, 0x7F, UInt8(ascii: "%"), UInt8(ascii: "#"), UInt8(ascii: "?"): true
        default: false
        }
    }
}
