@testable import GateReaders

/// The record of a machine, which `check` keeps in a file.
enum RecordsTarget {
    static func run(_ input: Input) {
        var input = input
        guard input.byte() % 2 == 0 else { return Self.read(input.restText) }
        var watched = WatchedPaths(texts: [], places: [])
        var paths: [String: RecordedPath] = [:]
        let kinds: [RecordedPath.Kind] = [.file, .directory, .link, .other]
        while !input.rest.isEmpty {
            let (choice, text) = (input.byte(), input.text())
            switch choice % 4 {
            case 0: watched.texts.append(text)
            case 1: watched.places.append(text)
            case 2: watched.root = text
            default:
                var path = RecordedPath(
                    kind: kinds[Int(choice >> 2 & 3)], mode: UInt32(choice), user: .max, group: 7, device: .max)
                if choice & 16 != 0 { path.target = input.text() }
                if choice & 32 != 0 {
                    path.lines = input.bytes().split(separator: 0, omittingEmptySubsequences: false).map {
                        .init($0, isPublic: choice & 64 != 0)
                    }
                }
                paths[text] = path
            }
        }
        let record = MachineRecord(time: 1_780_000_000, watched: watched, paths: paths)
        let text = record.text
        require(text.utf8.allSatisfy { $0 == 0x0A || (0x20...0x7E).contains($0) }, text)
        guard let again = MachineRecord(text) else { return require(false, "\(text) is not read") }
        require(again.text == text && again.watched == watched && again.paths == paths, text)
    }

    /// A record that is accepted is written as one that is the same.
    private static func read(_ text: String) {
        guard let record = MachineRecord("sendfile-gate-record 1 1780000000\n\(text)") else { return }
        let written = record.text
        require(MachineRecord(written)?.text == written, "\(text) is written as \(written)")
    }
}
