import SystemPackage

/// Which file is meant: a team's folder and a name in it.
struct FileAddress: Sendable, Equatable {
    let team: String
    /// The name as the file system has it: bytes, in no particular encoding.
    let name: [UInt8]

    /// A path of the site about this file. Every byte that could mean something is encoded, so that any name makes a link.
    func link(_ place: String) -> String {
        "/\(place)/\(PercentCoding.encode(self.team.utf8))/\(PercentCoding.encode(self.name))"
    }

    /// The path below the root.
    var path: FilePath {
        let bytes = self.team.utf8 + [UInt8(ascii: "/")] + self.name + [0]
        return FilePath(platformString: bytes.map { CChar(bitPattern: $0) })
    }

    /// The name to be read by people. What cannot be shown, or would turn the text around it, is replaced.
    var displayName: String {
        let scalars = String(decoding: self.name, as: UTF8.self).unicodeScalars.map { scalar in
            let properties = scalar.properties
            return properties.isBidiControl || properties.generalCategory == .control ? "\u{FFFD}" : scalar
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
