import Glibc
import SystemPackage

/// A file that a user may have.
struct SharedFile: Sendable {
    let team: String
    /// The name as the file system has it: bytes, in no particular encoding.
    let name: [UInt8]
    let size: Int64
    /// Seconds since 1970.
    let modified: Int64

    /// Where the site has it. Every byte that could mean something is encoded, so that any name makes a link.
    var link: String { "/files/\(self.team)/\(PercentCoding.encode(self.name))" }

    /// The name to be read by people. What cannot be shown, or would turn the text around it, is replaced.
    var displayName: String {
        String(
            String.UnicodeScalarView(
                String(decoding: self.name, as: UTF8.self).unicodeScalars.map { scalar in
                    scalar.properties.isBidiControl ? "\u{FFFD}" : scalar
                }))
    }

    var kind: FileKind { FileKind(name: self.displayName) }
}

/// The files below the root: a folder for each team.
struct FileLibrary: Sendable {
    private let root: FilePath

    init(root: FilePath) { self.root = root }

    /// The files of a team in alphabetical order; none if it has no folder.
    ///
    /// Symbolic links are not listed: where they lead is not known before somebody asks for the file.
    func files(of team: String) throws -> [SharedFile] {
        do {
            return try Directory.entries(of: self.root.appending(team)).filter(\.isRegularFile).map {
                SharedFile(team: team, name: $0.name, size: $0.size, modified: $0.modified)
            }.sorted { $0.displayName.lowercased() < $1.displayName.lowercased() }
        } catch Errno.noSuchFileOrDirectory {
            return []
        }
    }
}
