import Glibc

/// A file that does not exist, although a link or an option names it.
enum MissingFile {
    /// The reason why a file does not exist: a volume that is not mounted, or another spelling of its name.
    ///
    /// - Returns: `nil` if it exists or cannot be looked at; empty if no reason is known.
    static func hint(_ file: String, in root: String) -> String? {
        guard access(file, F_OK) != 0, errno == ENOENT || errno == ENOTDIR else { return nil }
        let similar = Self.similar(file, in: root)
        if similar == "", let mount = MountCover.hiding(file, in: root) { return "; \(mount.shown)" }
        return MissingVolume.hint(root) + similar
    }

    /// The name in the directory that is a spelling of the missing one.
    private static func similar(_ file: String, in root: String) -> String {
        var directory = root
        for part in file.dropFirst(root.count).split(separator: "/") {
            let path = "\(directory)/\(part)"
            guard access(path, F_OK) != 0 else {
                directory = path
                continue
            }
            let names = SampleFile.names(in: directory)
            // Swift compares texts, not bytes: both forms of é are equal.
            if let name = names.first(where: { $0 == part }) {
                return
                    "; \(directory) contains \(name.debugDescription) in another Unicode form, as macOS writes names "
                    + "(NFD in place of NFC): the link must contain the bytes of the name on the disk"
            }
            if let name = names.first(where: { $0.lowercased() == part.lowercased() }) {
                return "; \(directory) contains \(name.debugDescription): upper and lower case differ"
            }
            return ""
        }
        return ""
    }
}
