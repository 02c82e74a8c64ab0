import Glibc

/// The downloadable files. The content of each is its own name, so that a wrong file is detected.
enum Corpus {
    /// Names that web servers, or programs that pass names to them, handle incorrectly.
    static let names: [FileName] =
        ["plain.txt", "team/report.txt"]
        + (0x21...0x7E).compactMap { byte -> FileName? in
            let isAlphanumeric = Character(Unicode.Scalar(UInt8(byte))).isLetter || (0x30...0x39).contains(byte)
            return isAlphanumeric || byte == UInt8(ascii: "/") ? nil : FileName(Self.around(UInt8(byte)))
        }
        + (0x01...0x1F).map { FileName(Self.around($0)) } + [FileName(Self.around(0x7F))]
        + Self.spaces + Self.escapes + Self.dots + Self.headers + Self.unicode + Self.notUTF8 + Self.long

    /// A name with this byte in the middle and no other special character.
    private static func around(_ byte: UInt8) -> [UInt8] { [UInt8(ascii: "a"), byte] + Array("b.txt".utf8) }

    private static let spaces: [FileName] = [
        "a b.txt", " leading.txt", "trailing ", " both ", "two  blanks.txt", " ", "\ttab first.txt", "tab last\t",
    ]

    /// Names that become other names when they are decoded once too often or parsed as a URL.
    private static let escapes: [FileName] = [
        "100%.txt", "100%25.txt", "100%2525.txt", "%", "%2", "%zz.txt", "%00.txt", "%0a.txt", "%20.txt", "%2F.txt",
        "%2e", "%2e%2e", "%2e%2e%2f", "%2e%2e%2fsafe.txt", "..%2fsafe.txt", "%252e%252e%252f", "%c0%ae",
        "question?a=b.txt", "?", "?query", "#", "#fragment", "a&amp;b.txt", "&#37;.txt", "\"quoted\".txt", "'", "\"",
        "\\", "back\\\\slashes\\.txt", "..\\safe.txt", "C:\\safe.txt", "http:example.txt", "{placeholder}.txt",
        "{http.request.host}.txt", "$uri", "${root}.txt", "%{HTTP_HOST}.txt", "`id`.txt", "$(id).txt", "*", "a;b=c.txt",
        "~", "~root", "-", "-rf", "+", "index.html", "index.php", "lighttpd.conf", ".htaccess", "name.txt.gz",
    ]

    private static let dots: [FileName] = [
        ".hidden", "..hidden", "a..b", "...", "....", "trailing.", "trailing..", ".. ", " ..", ". ", "..;", "..,",
        "..folder/a..b", "...../.....", "dots./.txt",
    ]

    /// Names that would become header fields, or end the header, if written unescaped.
    private static let headers: [FileName] = [
        "a\r\nX-Injected: 1.txt", "a\r\n\r\n<html>.txt", "a\nX-Sendfile: passwd.txt", "a\nX-Accel-Redirect: b.txt",
        "a\nStatus: 500.txt", "line\n", "\nline", "\r", "a; filename=b.txt", "a\"; filename=\"b.txt",
        "a.txt; filename*=UTF-8''b.txt", "UTF-8''b.txt",
    ]

    private static let unicode: [FileName] = [
        "日本語.txt", "nfc \u{e9}.txt", "nfd e\u{301}.txt", "emoji 🎉.txt", "👩‍👩‍👧‍👦", "العربية.txt", "עברית.txt",
        "right\u{202E}txt.exe", "\u{200F}mark\u{200E}.txt", "\u{2066}isolate\u{2069}.txt", "soft\u{ad}hyphen.txt",
        "zero\u{200B}width.txt", "\u{FEFF}mark.txt", "nbsp\u{a0}.txt", "full\u{FF0E}\u{FF0E}\u{FF0F}width.txt",
        "\u{2028}line.txt", "\u{10FFFF}.txt", "\u{FFFD}.txt", "€ ½ ﬁ.txt", "日本/語.txt",
    ]

    private static let notUTF8: [FileName] = [
        FileName(Array("latin1 ".utf8) + [0xE9] + Array(".txt".utf8)), FileName([0xFF, 0xFE]),
        // Half a character, an overlong encoding, and half of a surrogate pair.
        FileName(Array("cut ".utf8) + [0xE6, 0x97]), FileName([0xC0, 0xAE, 0xC0, 0xAE, 0xC0, 0xAF]),
        FileName([0xED, 0xA0, 0x80]), FileName(Array("\nx".utf8) + [0x80]), FileName([0xA0]),
    ]

    private static let long: [FileName] = [
        FileName(Array(String(repeating: "l", count: 255).utf8)),
        FileName(Array(String(repeating: "%", count: 255).utf8)),
        FileName(Array(String(repeating: "日", count: 85).utf8)),
        FileName([UInt8](repeating: 0xFF, count: 255)),
        FileName(Array(String(repeating: "long/", count: 60).utf8) + Array("long".utf8)),
    ]

    /// A path of nearly 4096 bytes including the root, made of one character: longer than most servers permit in a URL.
    /// The application creates it in the same way.
    static func deep(_ character: String) -> FileName {
        let component = String(repeating: character, count: 255 / character.utf8.count)
        return FileName(Array((String(repeating: "\(component)/", count: 15) + "deep.txt").utf8))
    }

    static let deepCharacters = ["d", "#", "語"]

    /// The content of the file with this name.
    static func content(of name: FileName) -> [UInt8] { Array("content of ".utf8) + name.bytes }

    /// A file of 8 MiB in which no two pages are equal.
    static let large: (name: String, content: [UInt8]) = (
        "large.bin",
        [UInt64](unsafeUninitializedCapacity: 1 << 20) { words, count in
            count = 1 << 20
            for index in 0..<count { words[index] = UInt64(index) &* 0x9E37_79B9_7F4A_7C15 }
        }.withUnsafeBytes { Array($0) }
    )

    /// A sparse file of 1 GiB.
    static let huge = (name: "huge.bin", size: 1 << 30)

    /// The content of files that must never be served.
    static let secret = "the secret of another directory"

    /// Writes all files.
    ///
    /// - Parameter path: The directory `root` as programs see it; `root` by default.
    static func write(to root: String, seenAs path: String? = nil) throws {
        try Files.makeDirectory(root)
        for name in Self.names + Self.deepCharacters.map(Self.deep) {
            let path = Array("\(root)/".utf8) + name.bytes
            try Files.makeParents(of: path, below: root.utf8.count)
            try Files.write(Self.content(of: name), to: path)
        }
        try Files.write(Self.large.content, to: "\(root)/\(Self.large.name)".utf8)
        try Files.writeSparse(
            size: Self.huge.size, marks: [0: "start", 1 << 29: "middle", (1 << 30) - 3: "end"],
            to: "\(root)/\(Self.huge.name)")
        try Files.write("", to: "\(root)/empty.txt")
        try Files.write("{}", to: "\(root)/data.json")
        try Self.writeForbidden(root, path ?? root)
    }

    /// Writes files beside the root, and entries of the root that must not be served.
    private static func writeForbidden(_ root: String, _ path: String) throws {
        // Also with names that begin with the root's name.
        try Files.makeDirectory("\(root)_example")
        for path in ["\(root)-secret.txt", "\(root)_example/secret.txt", "\(root)/../secret.txt"] {
            try Files.write(Self.secret, to: path)
        }
        for (link, target) in [
            ("link-inside.txt", "team/report.txt"), ("link-out.txt", "../secret.txt"),
            ("link-absolute.txt", "\(path)-secret.txt"), ("link-absolute-inside.txt", "\(path)/plain.txt"),
            ("link-directory", ".."), ("link-example", "../files_example"), ("link-loop", "link-loop"),
            ("link-chain", "link-chain-2"), ("link-chain-2", "team/../link-out.txt"), ("link-dangling", "nowhere.txt"),
            ("link-dangling-out", "../nowhere.txt"), ("link-magic", "/proc/self/root/etc/passwd"),
            ("link-magic-directory", "/proc/self/cwd"), ("link-descriptor", "/dev/fd/0"),
            ("link-device", "/dev/zero"), ("link-back", "../files/plain.txt"),
        ] {
            try Files.makeLink("\(root)/\(link)", to: target)
        }
        try Files.makePipe("\(root)/pipe")
        close(try Address.unix(path: "\(root)/socket").listen())
        try Files.makeZeroDevice("\(root)/device")
        try Files.write(Self.secret, to: "\(root)/unreadable.txt", mode: 0)
        try Files.makeDirectory("\(root)/locked")
        try Files.write(Self.secret, to: "\(root)/locked/secret.txt")
        guard chmod("\(root)/locked", 0) == 0 else { throw Failure.system("chmod") }
    }
}
