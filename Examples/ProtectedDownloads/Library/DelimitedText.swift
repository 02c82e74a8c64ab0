/// The rows of a text with delimiters: comma-separated values (RFC 4180), or values separated by semicolons or tabs.
struct DelimitedText {
    /// The cells of each row.
    let rows: [[String]]

    /// Whether the first row names the columns: no cell of it is empty or a number.
    var hasHeader: Bool {
        self.rows.count > 1 && self.rows[0].allSatisfy { !$0.isEmpty && !Self.isNumber($0) }
    }

    /// Reads rows. A quoted cell may contain delimiters, line ends and doubled quotes.
    ///
    /// - Parameter isComplete: Whether the text ends with its last row. Otherwise the last row is left out, because it may be a part.
    init(_ text: String, isComplete: Bool) {
        let delimiter = Self.delimiter(of: text)
        var rows: [[String]] = []
        var row: [String] = []
        var cell = ""
        var isQuoted = false
        var scalars = text.unicodeScalars[...]
        if scalars.first == "\u{FEFF}" { scalars.removeFirst() }
        func endRow() {
            row.append(cell)
            if row != [""] { rows.append(row) }
            (row, cell) = ([], "")
        }
        while let scalar = scalars.popFirst() {
            switch scalar {
            case "\"" where isQuoted:
                if scalars.first == "\"" {
                    scalars.removeFirst()
                    cell += "\""
                } else {
                    isQuoted = false
                }
            case _ where isQuoted: cell.unicodeScalars.append(scalar)
            case "\"" where cell.isEmpty: isQuoted = true
            case delimiter:
                row.append(cell)
                cell = ""
            case "\r" where scalars.first == "\n": continue
            case "\n", "\r": endRow()
            default: cell.unicodeScalars.append(scalar)
            }
        }
        if isComplete { endRow() }
        self.rows = rows
    }

    /// The delimiter that is most frequent in the first line.
    private static func delimiter(of text: String) -> Unicode.Scalar {
        let line = text.unicodeScalars.prefix { $0 != "\n" && $0 != "\r" }
        let candidates: [Unicode.Scalar] = [",", ";", "\t"]
        return candidates.max { first, second in line.count { $0 == first } < line.count { $0 == second } } ?? ","
    }

    /// Whether a cell is a number, which is aligned at its end.
    static func isNumber(_ cell: String) -> Bool {
        cell.utf8.contains { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
            && cell.unicodeScalars.allSatisfy { scalar in
                switch scalar {
                case "0"..."9", ".", ",", "-", "+", "−", "%", " ", "\u{A0}", "\u{202F}": true
                default: false
                }
            }
    }
}
