import Testing

@testable import sendfile_gate

@Suite struct CheckedFileTests {
    @Test(
        "A file's name and directory are divided at slashes, whatever character follows one",
        arguments: ["a.txt", "\u{301}accent.txt", "\u{FE0F}"])
    func division(name: String) throws {
        let directory = try Workspace.shared.makeDirectory("checked")
        try Files.write("content", to: "\(directory)/\(name)")
        let file = try CheckedFile("\(directory)/\(name)")
        #expect(Array(file.name.utf8) == Array(name.utf8))
        #expect(file.directory == directory)
        #expect(file.tails.count == directory.utf8.count(where: { $0 == UInt8(ascii: "/") }) + 1)
        #expect(file.tails.last.map { Array($0.utf8) } == Array("\(directory)/\(name)".utf8.dropFirst()))
    }
}
