import FastCGI
import Testing

@testable import ProtectedDownloads

/// Tables, names and selections of the example.
@Suite struct ExampleTextTests {
    @Test(
        "The rows of a table are read as spreadsheets write them",
        arguments: [
            ("", []), ("a", [["a"]]), ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]),
            ("a,b\r\n1,2\r\n", [["a", "b"], ["1", "2"]]),
            ("a,b\r1,2", [["a", "b"], ["1", "2"]]), ("a;b\n1,5;2", [["a", "b"], ["1,5", "2"]]),
            ("a\tb,c\td\n", [["a", "b,c", "d"]]), ("\"a,b\",\"c\"\"d\"\n", [["a,b", "c\"d"]]),
            ("\"a\nb\",c", [["a\nb", "c"]]), ("a\"b,c", [["a\"b", "c"]]), ("a,,\n", [["a", "", ""]]),
            ("\n\na\n\n", [["a"]]), ("\u{FEFF}a,b", [["a", "b"]]), ("\"a", [["a"]]), ("\"a\"b,c", [["ab", "c"]]),
        ] as [(String, [[String]])])
    func rows(text: String, rows: [[String]]) {
        #expect(DelimitedText(text, isComplete: true).rows == rows)
    }

    @Test("The last row of a part is left out") func part() {
        #expect(DelimitedText("a,b\n1,2\n3", isComplete: false).rows == [["a", "b"], ["1", "2"]])
        #expect(DelimitedText("a,\"b\n1,2\n3", isComplete: false).rows == [])
    }

    @Test("The first row is a header if all its cells are words") func header() {
        for (text, expected) in [
            ("hour,temperature\n0,12.0", true), ("1,2\n3,4", false), ("a,\n1,2", false), ("a,b", false),
            ("a,3 %\n1,2", false),
            ("a,b\nc,d", true),
        ] { #expect(DelimitedText(text, isComplete: true).hasHeader == expected, "\(text)") }
    }

    @Test("Text that is not UTF-8 is read as Latin-1, and a part may end in a character") func encodings() {
        #expect(ReadableText.decode(Array("Résumé 日".utf8)) == "Résumé 日")
        #expect(ReadableText.decode([0x52, 0xE9, 0x73, 0x75, 0x6D, 0xE9]) == "Résumé")
        let bytes = Array("日本😀".utf8)
        for count in 6..<10 { #expect(ReadableText.decode(Array(bytes[..<count]), isWhole: false) == "日本") }
        #expect(ReadableText.decode(Array(bytes[..<7])) != "日本")
        let address = FileAddress(team: "a", name: [0xE9, 0x80, 0x1B])
        #expect(address.displayName == "é\u{FFFD}\u{FFFD}" && !address.isUTF8)
    }

    @Test("Files are selected by a part of their name and ordered by name, time or size") func selection() {
        let files = [("a.txt", 2, 10), ("B report.txt", 1, 30), ("c Report.txt", 3, 20)].map { name, size, time in
            LibraryFile(
                address: FileAddress(team: "research", name: Array(name.utf8)), size: Int64(size), modified: Int64(time)
            )
        }
        for (query, names) in [
            ("", "aBc"), ("q=report", "Bc"), ("q=+REPORT+", "Bc"), ("q=zebra", ""), ("sort=newest", "Bca"),
            ("sort=largest", "caB"), ("q=report&sort=largest", "cB"), ("sort=wrong", "aBc"),
        ] {
            let selection = FileSelection(FormFields(query))
            #expect(selection.apply(to: files).map { $0.displayName.prefix(1) }.joined() == names, "\(query)")
        }
        let selection = FileSelection(FormFields("q=a%26b%22"))
        #expect(selection.url(order: .newest).description == "/?q=a%26b%22&sort=newest")
    }
}
