import FastCGI
import SystemPackage

/// The address of a file: a team's folder and a name in it.
struct FileAddress: Sendable, Equatable {
    let team: String
    /// The name in the file system: bytes, in no particular encoding.
    let name: [UInt8]

    /// A path of the site for this file. Every byte with a special meaning is encoded, so that any name yields a valid
    /// link.
    func link(_ place: String) -> LocalURL { "/\(place)/\(self.team)/\(self.name)" }

    /// The path below the root.
    var path: FilePath {
        let bytes = self.team.utf8 + [UInt8(ascii: "/")] + self.name + [0]
        return FilePath(platformString: bytes.map { CChar(bitPattern: $0) })
    }

    /// Whether the name is UTF-8, and so certainly the one that was meant.
    var isUTF8: Bool { String(validating: self.name, as: UTF8.self) != nil }

    /// The name for display. Control characters and characters that change the text direction are replaced. A name that is not
    /// UTF-8 is shown as Latin-1, which old systems in Europe and America used.
    var displayName: String {
        let text = ReadableText.decode(self.name)
        let scalars = text.unicodeScalars.map { scalar in
            let properties = scalar.properties
            return properties.isBidiControl || properties.generalCategory == .control ? "\u{FFFD}" : scalar
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
