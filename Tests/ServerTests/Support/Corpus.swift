/// The files that are downloaded. The content of each is its own name, so that a wrong file is seen.
enum Corpus {
    /// Names that servers, and those who write to them, get wrong.
    static let names: [FileName] = [
        "plain.txt", "with space.txt", " leading.txt", "trailing ", "100%.txt", "100%25.txt", "%2e%2e",
        "question?.txt", "hash#.txt", "semi;colon.txt", "amp&ersand.txt", "plus+.txt", "equals=.txt", "comma,.txt",
        "at@.txt", "bang!.txt", "quote\".txt", "apostrophe's.txt", "back\\slash.txt", "star*.txt",
        "(brackets)[]{}.txt", "less<more>.txt", "tilde~.txt", "dollar$.txt", "colon:.txt", "pipe|.txt", "...",
        ".hidden", "日本語.txt", "emoji 🎉.txt", "nfc \u{e9}.txt", "nfd e\u{301}.txt", "tab\t.txt",
        "line\nend.txt", "carriage\rreturn.txt", "a\r\nX-Injected: 1.txt", "delete\u{7f}.txt",
        FileName(Array(String(repeating: "long", count: 60).utf8)),
        // Not UTF-8.
        FileName(Array("latin1 ".utf8) + [0xE9]), FileName([0xFF, 0xFE]),
    ]

    /// The content of the file with this name.
    static func content(of name: FileName) -> [UInt8] { Array("content of ".utf8) + name.bytes }

    /// A file of 8 MiB in which no two pages are the same.
    static let large: (name: String, content: [UInt8]) = (
        "large.bin",
        [UInt64](unsafeUninitializedCapacity: 1 << 20) { words, count in
            count = 1 << 20
            for index in 0..<count { words[index] = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 }
        }.withUnsafeBytes { Array($0) }
    )

    /// A file of 1 GiB, nearly all of it a hole.
    static let huge = (name: "huge.bin", size: 1 << 30)

    /// The content of the files that nobody may have: it must never be seen.
    static let secret = "the secret of another directory"

    static func write(to root: String) throws {
        try Files.makeDirectory(root)
        for name in Self.names { try Files.write(Self.content(of: name), to: Array("\(root)/".utf8) + name.bytes) }
        try Files.write(Self.large.content, to: "\(root)/\(Self.large.name)".utf8)
        try Files.writeSparse(
            size: Self.huge.size, marks: [0: "start", 1 << 29: "middle", (1 << 30) - 3: "end"],
            to: "\(root)/\(Self.huge.name)")
        try Files.makeDirectory("\(root)/team")
        try Files.write(Self.content(of: "team/report.txt"), to: "\(root)/team/report.txt".utf8)
        try Files.write("", to: "\(root)/empty.txt")
        try Files.write("{}", to: "\(root)/data.json")

        // Beside the root, and once with a name that begins with the root's.
        try Files.write(Self.secret, to: "\(root)-secret.txt")
        try Files.write(Self.secret, to: "\(root)/../secret.txt")
        for (link, target) in [
            ("link-inside.txt", "team/report.txt"), ("link-out.txt", "../secret.txt"),
            ("link-absolute.txt", "\(root)-secret.txt"), ("link-directory", ".."), ("link-loop", "link-loop"),
        ] {
            try Files.makeLink("\(root)/\(link)", to: target)
        }
        try Files.makePipe("\(root)/pipe")
    }
}
