/// The files with keys, as they were last read.
struct KeyFiles: Sendable {
    private var files: [(file: SettingsFile, setting: String)] = []

    /// The paths of the files, in the order in which they were read.
    var paths: [String] { self.files.map(\.file.path) }

    /// The content of a file. It is read from the disk if it has not been read before.
    ///
    /// - Parameter setting: The setting that names the file.
    mutating func file(_ path: String, named setting: String) throws(GateError) -> SettingsFile {
        if let known = self.files.first(where: { $0.file.path == path }) { return known.file }
        let file = try SettingsFile(path, named: setting)
        self.files.append((file, setting))
        return file
    }

    /// Reads the present content of a file.
    mutating func readAgain(_ path: String) throws(GateError) {
        for index in self.files.indices where self.files[index].file.path == path {
            self.files[index].file = try SettingsFile(path, named: self.files[index].setting)
        }
    }
}
