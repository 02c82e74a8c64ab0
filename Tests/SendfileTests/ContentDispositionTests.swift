import HTTPTypes
import SystemPackage
import Testing

@testable import Sendfile

struct ContentDispositionTests {
    private func value(_ disposition: ContentDisposition, fileName: String = "q3.pdf") -> String? {
        disposition.fieldValue(fileName: Array(fileName.utf8))
    }

    @Test("The field is not sent by default") func defaults() {
        #expect(self.value(.inline) == nil)
    }

    @Test("Each of the other dispositions has its value") func kinds() {
        #expect(self.value(.inline(named: "a.txt")) == #"inline; filename="a.txt""#)
        #expect(self.value(.inlineWithFileName) == #"inline; filename="q3.pdf""#)
        #expect(self.value(.attachment) == #"attachment; filename="q3.pdf""#)
        #expect(self.value(.attachment(named: "Q3 report.pdf")) == #"attachment; filename="Q3 report.pdf""#)
        #expect(self.value(.attachmentWithoutFileName) == "attachment")
    }

    @Test(
        "A name arrives unchanged and has a fallback in ASCII",
        arguments: [
            ("Q3 report.pdf", "Q3 report.pdf"),
            ("a;b=c, d.txt", "a;b=c, d.txt"),
            ("it's.txt", "it's.txt"),
            ("Größe.txt", "Gr__e.txt"),
            ("Gro\u{308}ße.txt", "Gro__e.txt"),
            ("日本語.txt", "download.txt"),
            ("日本語", "download"),
            ("日本語.日本", "download.__"),
            ("Q3 報告.pdf", "Q3 __.pdf"),
            ("🎉.tar.gz", "_.tar.gz"),
            ("100%.txt", "100_.txt"),
            ("100%25.txt", "100_25.txt"),
            ("%41.txt", "_41.txt"),
            ("say \"hi\".txt", "say _hi_.txt"),
            ("\".txt", "download.txt"),
            ("a\\b.txt", "a_b.txt"),
            ("..\\..\\evil.exe", ".._.._evil.exe"),
            ("../../etc/passwd", "download._etc_passwd"),
            ("a/b.txt", "a_b.txt"),
            ("\u{202E}gpj.exe", "_gpj.exe"),
            (".profile", ".profile"),
            ("__.txt", "__.txt"),
            ("..", "download"),
            (".", "download"),
            (" ", "download"),
        ]) func names(name: String, fallback: String) throws
    {
        let value = try #require(self.value(.attachment(named: name)))
        let parsed = try #require(Disposition(parsing: value))
        #expect(parsed.type == "attachment")
        #expect(parsed.fileName == fallback)
        #expect((parsed.extendedFileName ?? parsed.fileName).map { Array($0.utf8) } == Array(name.utf8))
        #expect((parsed.extendedFileName == nil) == (name == fallback))
    }

    @Test(
        "A control character of a name reaches no client",
        arguments: [
            "a\r\nX-Sendfile: /etc/passwd\r\n\r\n.txt", "a\nb.txt", "a\rb.txt", "a\0b.txt", "a\tb.txt", "\u{7F}.txt",
            "a\u{85}b.txt", "\u{1B}[31m.txt", "\r\n", "\0",
        ]) func controlCharacters(name: String) throws
    {
        for disposition in [ContentDisposition.attachment(named: name), .inline(named: name)] {
            let value = try #require(self.value(disposition))
            #expect(HTTPField.isValidValue(value))
            let isPlain = value.utf8.allSatisfy { byte in byte >= 0x20 && byte < 0x7F }
            #expect(isPlain)
            let parsed = try #require(Disposition(parsing: value))
            let received = parsed.extendedFileName ?? parsed.fileName ?? ""
            #expect(!received.unicodeScalars.contains { $0.properties.generalCategory == .control })
            #expect(received.unicodeScalars.count == name.unicodeScalars.count || received == "download")
        }
    }

    /// Every scalar of the first planes, alone and between others.
    @Test("Every character of a name arrives unchanged") func everyCharacter() throws {
        for value in (UInt32(0xA0)..<0x3000) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let name = "a\(scalar)b.txt"
            let parsed = try #require(Disposition(parsing: self.value(.attachment(named: name)) ?? ""))
            #expect(parsed.extendedFileName.map { Array($0.utf8) } == Array(name.utf8))
            #expect(parsed.fileName == "a_b.txt")
        }
    }

    /// Nearly every name is handled by a shorter path; every ASCII character, alone and between others, arrives
    /// unchanged.
    @Test("Every ASCII character of a name arrives unchanged") func everyASCIICharacter() throws {
        for scalar in (UInt8(0x20)...0x7E).map(Unicode.Scalar.init) {
            for name in ["a\(scalar)b.txt", "\(scalar)", "\(scalar)\(scalar)", "a\(scalar)", "\(scalar)a"] {
                let parsed = try #require(Disposition(parsing: self.value(.attachment(named: name)) ?? ""))
                #expect((parsed.extendedFileName ?? parsed.fileName).map { Array($0.utf8) } == Array(name.utf8))
                #expect(parsed.fileName?.contains { "\"\\%/".contains($0) } == false)
            }
        }
    }

    @Test("An empty name is omitted") func emptyName() {
        #expect(self.value(.attachment(named: "")) == "attachment")
        #expect(self.value(.inline(named: "")) == "inline")
    }

    @Test("A long name keeps its start and its extension") func longName() throws {
        let value = try #require(self.value(.attachment(named: String(repeating: "ä", count: 5000) + ".pdf")))
        let parsed = try #require(Disposition(parsing: value))
        let name = try #require(parsed.extendedFileName)
        #expect(name.utf8.count == 244)
        #expect(name.hasPrefix("ää"))
        #expect(name.hasSuffix("ä.pdf"))
        #expect(value.utf8.count < 1200)
        let other = try #require(
            Disposition(parsing: self.value(.attachment(named: String(repeating: "a", count: 300))) ?? ""))
        #expect(other.fileName == String(repeating: "a", count: 244))
    }

    @Test("The default name is the last component of the requested path") func requestedName() throws {
        let directory = try TemporaryDirectory()
        try directory.write("dir/報告 1.pdf", "x")
        try directory.link("link.pdf", to: "dir/報告 1.pdf")
        let sendfile = try Sendfile(root: directory.path)
        func name(_ path: String) throws -> String? {
            let field = try sendfile(.test(), path, attachment: .attachment).headerFields[.contentDisposition]
            return Disposition(parsing: field ?? "").flatMap { $0.extendedFileName ?? $0.fileName }
        }
        #expect(try name("dir/./報告 1.pdf") == "報告 1.pdf")
        #expect(try name("./link.pdf") == "link.pdf")
    }

    @Test("A file name that is not UTF-8 keeps its ASCII characters") func otherEncodings() throws {
        let bytes = Array("Gr".utf8) + [0xF6, 0xDF] + Array("e%.txt".utf8)
        #expect(ContentDisposition.attachment.fieldValue(fileName: bytes) == #"attachment; filename="Gr__e_.txt""#)
        let directory = try TemporaryDirectory()
        try directory.write(bytes, "x")
        let path = bytes.map { CChar(bitPattern: $0) } + [0]
        let response = try Sendfile(root: directory.path)(
            .test(), FilePath(platformString: path), attachment: .attachment)
        #expect(response.status == .ok)
        #expect(response.headerFields[.contentType] == "text/plain")
        #expect(response.headerFields[.contentDisposition] == #"attachment; filename="Gr__e_.txt""#)
    }
}

/// A parser of the field that shares no code with the library: RFC 6266 §4.1, RFC 9110 §5.6.4, RFC 8187 §3.2.
private struct Disposition {
    var type = ""
    var fileName: String?
    var extendedFileName: String?

    init?(parsing text: String) {
        var rest = Array(text)
        func token() -> String {
            var token = ""
            while let character = rest.first, !";= \"".contains(character) { token.append(rest.removeFirst()) }
            return token
        }
        self.type = token()
        while !rest.isEmpty {
            guard rest.removeFirst() == ";" else { return nil }
            while rest.first == " " { rest.removeFirst() }
            let name = token()
            guard !rest.isEmpty, rest.removeFirst() == "=" else { return nil }
            var value = ""
            if rest.first == "\"" {
                rest.removeFirst()
                while rest.first != "\"" {
                    guard !rest.isEmpty else { return nil }
                    if rest.first == "\\" { rest.removeFirst() }
                    guard !rest.isEmpty else { return nil }
                    value.append(rest.removeFirst())
                }
                rest.removeFirst()
            } else {
                value = token()
            }
            switch name {
            case "filename" where self.fileName == nil: self.fileName = value
            case "filename*" where self.extendedFileName == nil:
                let pieces = value.split(separator: "'", omittingEmptySubsequences: false)
                guard pieces.count == 3, pieces[0] == "UTF-8", pieces[1].isEmpty else { return nil }
                var bytes: [UInt8] = []
                var encoded = Array(pieces[2])
                while let character = encoded.first {
                    if character == "%" {
                        guard encoded.count >= 3, let byte = UInt8(String(encoded[1...2]), radix: 16) else {
                            return nil
                        }
                        bytes.append(byte)
                        encoded.removeFirst(3)
                    } else {
                        guard character.isASCII,
                            character.isLetter || character.isNumber || "!#$&+-.^_`|~".contains(character)
                        else { return nil }
                        bytes.append(character.asciiValue!)
                        encoded.removeFirst()
                    }
                }
                guard let name = String(validating: bytes, as: UTF8.self) else { return nil }
                self.extendedFileName = name
            default: return nil
            }
        }
    }
}
