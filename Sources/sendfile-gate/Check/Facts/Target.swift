/// The download to check, with everything known before the first request.
struct Target: Sendable {
    let url: URLText
    let file: CheckedFile
    /// Header lines such as `Cookie: session=1`.
    let headers: [String]
    /// nginx's internal location, with a slash at both ends.
    let internalPrefix: String
    /// The directory of the files, without a slash at the end; `nil` if unknown.
    let root: String?
    /// Further URL prefixes at which the file must not be available, each with a slash at both ends.
    let publicPrefixes: [String]
    let activity: ProgramActivity?
    let mayPost: Bool
    let mayWrite: Bool
    /// Names of other files in the directory.
    let names: [String]

    /// Whether the file was chosen by the check, so that it stands for all of the root.
    var standsForRoot = false

    /// Makes the links, if the target is a gate.
    let gate: GateLinks?

    /// The file's path without symbolic links, if it is outside of the root; `nil` if it is below, or unknown.
    var fileOutsideRoot: String? {
        guard let root, let top = CheckedFile.resolved(root), let path = CheckedFile.resolved(self.file.path) else {
            return nil
        }
        return path.hasPrefix(top == "/" ? "/" : "\(top)/") ? nil : path
    }

    /// The URL for a report, without a link's signature.
    var shown: String { self.gate?.base.shown ?? self.url.shown }

    /// The file's path below the root, if the root is known.
    var pathBelowRoot: String { self.tails[0] }

    /// The URL of the file for a method.
    func url(for method: String) throws -> URLText {
        try self.gate?.url(self.pathBelowRoot, method: method) ?? self.url
    }

    /// The URL of a file in the same directory.
    func url(of neighbour: String) throws -> URLText {
        guard let gate = self.gate else { return self.url.beside(neighbour.utf8) }
        return try gate.url(self.pathBelowRoot.dropLast(self.file.name.count) + neighbour)
    }

    /// Whether the URL's last component is the file's name, so that the URLs of other files can be derived.
    var namesFile: Bool { self.gate != nil || self.url.name == Array(self.file.name.utf8) }

    /// The directory for configuration lines: the root or its placeholder.
    var shownRoot: String { self.root ?? Self.unknownRoot }

    /// The placeholder for an unknown root, which may be any of the file's parent directories.
    static let unknownRoot = "<the directory of SENDFILE_ROOT>"

    /// The file's possible paths below the root.
    var tails: [String] {
        if let root = self.root { return [String(self.file.path.dropFirst(root.count + 1))] }
        return self.file.tails
    }
}
