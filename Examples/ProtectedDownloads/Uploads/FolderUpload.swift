import SystemPackage

/// The files of a form that go to a team's folder.
final class FolderUpload: FileUpload {
    private let root: FilePath
    private let team: String
    private var files: [(file: IncomingFile, name: [UInt8])] = []
    private var published: [FileAddress] = []

    init(root: FilePath, team: String) {
        (self.root, self.team) = (root, team)
    }

    var count: Int { self.files.count }

    func receive(_ name: [UInt8], nextChunk: () async throws -> ArraySlice<UInt8>?) async throws {
        let file = try IncomingFile(root: self.root)
        while let chunk = try await nextChunk() { try file.append(chunk) }
        try file.finish()
        self.files.append((file, name))
    }

    func publish() async throws -> [FileAddress] {
        for (file, name) in self.files { self.published.append(try file.publish(as: name, team: self.team)) }
        return self.published
    }

    func withdraw() async {
        for (address, (file, _)) in zip(self.published, self.files) { file.withdraw(address) }
        self.published = []
        // Their end removes files that are not published.
        self.files = []
    }
}
