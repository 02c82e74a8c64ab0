/// The lines of a gate's settings file that `sendfile-gate init` would not write.
enum SettingsLines {
    private static let readyMade: Set<Substring> = [
        "SENDFILE_ROOT", "SENDFILE_LINK_SECRET_FILE", "SENDFILE_LINK_PREFIX", "SENDFILE_URL",
        // A secret is not shown.
        "SENDFILE_LINK_SECRET",
    ]

    static func differences(in file: String) -> [Difference] {
        PlainLines.read(file).filter { line in
            let name = line.name.drop { $0 == " " || $0 == "\t" }.prefix { $0 != "=" && $0 != " " }
            return !Self.readyMade.contains(name)
        }.map { Difference($0, note: "not in the ready-made settings") }
    }
}
