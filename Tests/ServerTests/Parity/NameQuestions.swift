extension Question {
    /// Three requests for each name: the whole file, its header, and a range.
    static let names: [(title: String, questions: [Question])] =
        Corpus.names.map { name in
            // Every byte is percent-encoded in the URL.
            (name.testDescription, Self.questions(about: name, "/file/\(name.percentEncoded)?attachment"))
        }
        + Corpus.deepCharacters.map { character in
            (
                "a path of 4 KB made of \(character)",
                Self.questions(
                    about: Corpus.deep(character), "/deep/\(FileName(Array(character.utf8)).percentEncoded)?attachment")
            )
        }

    private static func questions(about name: FileName, _ target: String) -> [Question] {
        let whole = Question(
            title: "GET", target: target, outcome: .whole, content: Corpus.content(of: name),
            savedName: Self.savedName(of: name))
        let part = Question(
            title: "GET, Range", target: target, fields: ["Range": "bytes=8-11"],
            outcome: .part(8..<min(12, whole.content.count)),
            content: whole.content, savedName: whole.savedName)
        return [whole, whole.asHead, part]
    }

    /// The name that the client is expected to receive: the last component without control characters, and only ASCII
    /// if the encoding is unknown.
    private static func savedName(of name: FileName) -> String {
        let last =
            name.bytes.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).last.map(Array.init) ?? []
        let text =
            String(validating: last, as: UTF8.self)
            ?? String(decoding: last.map { $0 < 0x80 ? $0 : 0x5F }, as: UTF8.self)
        return String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? "_" : $0 }))
    }

    /// Names of missing files, of files outside of the root, and of paths that are not readable regular files.
    static let forbiddenNames: [FileName] =
        [
            "../secret.txt", "../../etc/passwd", "../../../../../../../../etc/passwd", "team/../../secret.txt",
            "team/../plain.txt", "team/..", "team/../..", "./../secret.txt",
            "plain.txt/..", "plain.txt/../plain.txt", "..", ".", "../", "./", "", "/", "//", "../.",
            "../files/plain.txt",
            "../files", "../files-secret.txt", "../files_example/secret.txt", "../files_example",
            "/etc/passwd", "//etc/passwd", "///etc/passwd", "/plain.txt", "//plain.txt",
            "team/report.txt/", "team//report.txt", ".//plain.txt",
            "plain.txt/", "plain.txt//", "plain.txt/x", "plain.txt/.",
            "%2e%2e/secret.txt", "%2E%2E/secret.txt", ".%2e/secret.txt", "%2e./secret.txt", "..%2f..%2fsecret.txt",
            "%252e%252e/secret.txt", "..%252fsecret.txt", "%252e%252e%252fsecret.txt", "..\\..\\secret.txt",
            "..%5csecret.txt", "..%c0%afsecret.txt", "%c0%ae%c0%ae/secret.txt", "%e0%80%ae%e0%80%ae/secret.txt",
            "%u002e%u002e/secret.txt", "....//secret.txt", ".../...//secret.txt", "..;/secret.txt",
            "..\u{1}/secret.txt",
            "\u{FF0E}\u{FF0E}/secret.txt", "..\u{2215}secret.txt", "..\n/secret.txt", "../secret.txt\n", "plain.txt ",
            "PLAIN.TXT", "plain.txt.", "\u{0}", "\u{0}plain.txt", "plain.txt\u{0}", "plain.txt\u{0}.jpg",
            "plain\u{0}.txt", "..\u{0}/secret.txt", "team\u{0}/report.txt", "missing.txt", "missing/plain.txt",
            "team", "team/",
            "link-out.txt", "link-absolute.txt", "link-absolute-inside.txt", "link-directory",
            "link-directory/secret.txt",
            "link-directory/files/plain.txt", "link-example/secret.txt", "link-loop", "link-chain", "link-chain-2",
            "link-dangling", "link-dangling-out", "link-magic", "link-magic-directory/etc/passwd", "link-descriptor",
            "link-device", "link-back", "pipe", "socket", "device", "unreadable.txt", "locked/secret.txt", "locked",
        ] + [
            FileName([0xC0, 0xAE, 0xC0, 0xAE, 0x2F] + Array("secret.txt".utf8)),
            FileName([0x2E, 0x2E, 0xC0, 0xAF] + Array("secret.txt".utf8)), FileName([0xFE]),
            FileName([UInt8](repeating: 0x6C, count: 256)),
        ]

    static let forbidden: [(title: String, questions: [Question])] =
        Self.forbiddenNames.map { Self.forbidden($0.testDescription, Self.target($0)) }
        + [Self.forbidden("a path of more than 4 KB", "/deeper/x")]

    private static func forbidden(_ title: String, _ target: String) -> (title: String, questions: [Question]) {
        let get = Question(title: "GET", target: target, outcome: .status(404))
        return (title, [get, get.asHead])
    }
}
