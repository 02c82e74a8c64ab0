import HTTPTypes
import SendfileBasics
import SystemPackage
import Testing

@testable import Sendfile

/// Names that have broken other programs: each arrives as the right file with every backend, or is streamed.
struct HostileNamesTests {
    static let names: [[UInt8]] =
        [
            "plain.txt", "with space.txt", " leading", "trailing ", "tab\t", "\ttab", "a\tb", "100%.txt", "100%25.txt",
            "%2e%2e", "%00", "%", "%%", "%zz", "%E4", "question?.txt", "?", "a?b=c", "hash#.txt", "#", "semi;colon",
            "amp&ersand", "plus+plus", "equals=", "quote'", "double\"quote", "back\\slash", "\\", "..\\x", "colon:x",
            "http:", "star*", "pipe|", "<tag>", "{brace}", "[bracket]", "at@", "bang!", "$dollar", "caret^", "`tick`",
            "tilde~", "~", "comma,", "...", "..x", "x..", ".hidden", ". ", ".. ", "-rf", "--", "new\nline", "\n",
            "cr\rx", "crlf\r\nX-Sendfile: /etc/passwd", "x\r\n\r\n<html>", "esc\u{1B}[2J", "bell\u{7}", "del\u{7F}",
            "\u{1}", "\u{1F}", "größe.txt", "gro\u{308}ße.txt", "日本語.txt", "🎉.txt", "\u{202E}txt.exe", "\u{FEFF}bom",
            "nbsp\u{A0}", "\u{A0}nbsp", "nel\u{85}", "ls\u{2028}", "x (deleted)", "con", "NUL.txt",
            "X-Accel-Redirect", "50%\tä", "\u{10FFFF}", "${jndi:x}", "$(id)",
        ].map { Array($0.utf8) } + [
            [0xFF], [0x66, 0xF6, 0x6F], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0x80, 0x20], [0xFE, 0x0A],
            Array(repeating: 0x78, count: 255), Array(repeating: 0xE4, count: 255), Array(repeating: 0x25, count: 255),
        ]

    @Test("Every name arrives as the right file") func delivery() throws {
        let directory = try TemporaryDirectory()
        for (index, name) in Self.names.enumerated() { try directory.write(name, "content \(index)") }
        let root = Array(directory.path.utf8)
        let choices: [(BackendChoice, ([UInt8]) -> [UInt8]?)] = [
            (.stream, { _ in nil }),
            (.lighttpd, { Self.openedByLighttpd($0, root: root) }),
            (.apache, { Self.openedByApache($0, root: root) }),
            (.nginx, { Self.openedByNginx($0, prefix: "/protected/") }),
        ]
        for (choice, opened) in choices {
            let sendfile = try Sendfile(root: directory.path, backend: choice, logger: TestLog().logger)
            var delegated = 0
            for (index, name) in Self.names.enumerated() {
                let path = FilePath(platformString: name.map { CChar(bitPattern: $0) } + [0])
                for disposition in [ContentDisposition.inline, .attachment] {
                    let response: FileResponse = try sendfile(TestRequest(), path, attachment: disposition)
                    #expect(response.status == .ok)
                    for field in response.headerFields { #expect(HTTPField.isValidValue(field.value)) }
                    if let body = response.delivery.body {
                        #expect(try body.collect() == Array("content \(index)".utf8))
                        continue
                    }
                    let fields = response.delivery.serverFields
                    try #require(fields.count == 1, "\(choice) delivers nothing for \(name)")
                    #expect(opened(fields[0].value) == name, "\(choice) for \(path)")
                    #expect(response.headerFields[.contentLength] == nil)
                    delegated += 1
                }
            }
            // Streaming every file would be correct, too, but useless.
            let expected: ClosedRange<Int> = choice.description == "stream" ? 0...0 : 120...Self.names.count * 2
            #expect(expected.contains(delegated), "\(choice) delegates \(delegated)")
        }
    }

    /// The path that lighttpd 1.4 opens: the value decoded once, where an encoded control character becomes `_`. Since
    /// 1.4.80 it drops a field with a control character other than a tab.
    private static func openedByLighttpd(_ value: [UInt8], root: [UInt8]) -> [UInt8]? {
        var path: [UInt8] = []
        var index = 0
        while index < value.count {
            if value[index] == 0x25, index + 2 < value.count,
                let byte = UInt8(String(decoding: value[index + 1...index + 2], as: UTF8.self), radix: 16)
            {
                path.append(byte < 0x20 || byte == 0x7F ? 0x5F : byte)
                index += 3
            } else {
                guard value[index] >= 0x20 && value[index] != 0x7F || value[index] == 0x09 else { return nil }
                path.append(value[index])
                index += 1
            }
        }
        guard String(validating: path, as: UTF8.self) != nil else { return nil }
        return Self.below(root, path)
    }

    /// The path that mod_xsendfile 0.12 opens: the unchanged value, without spaces at its ends.
    private static func openedByApache(_ value: [UInt8], root: [UInt8]) -> [UInt8]? {
        var path = value[...]
        while path.last == 0x20 || path.last == 0x09 { path.removeLast() }
        return Self.below(root, Array(path))
    }

    /// The path that nginx opens with `alias`: the part after the prefix, up to a `?`, decoded once.
    private static func openedByNginx(_ value: [UInt8], prefix: String) -> [UInt8]? {
        guard value.starts(with: prefix.utf8), value.count < 2500 else { return nil }
        return PercentEncoding.decode(value.dropFirst(prefix.utf8.count).prefix { $0 != 0x3F })
    }

    private static func below(_ root: [UInt8], _ path: [UInt8]) -> [UInt8]? {
        guard path.starts(with: root + [0x2F]), !path.contains(0x0A), !path.contains(0x0D) else { return nil }
        return Array(path.dropFirst(root.count + 1))
    }
}
