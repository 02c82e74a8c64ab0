import FastCGI

/// The preview of a file on a page.
enum FilePreview {
    /// The beginning of a text file.
    struct Text {
        let text: String
        /// Whether the text is the whole file.
        let isWhole: Bool
    }

    /// The maximum number of bytes of a text, and of rows and columns of a table. Browsers are slow to lay out long text.
    static let textLimit = 64 << 10
    private static let rowLimit = 200
    private static let columnLimit = 40

    /// The preview; `nil` if the file can only be downloaded.
    ///
    /// - Parameters:
    ///   - source: The URL of the file's content, for an image, a document, a video or a sound.
    ///   - text: The beginning of the file, for a text or a table.
    static func html(_ file: LibraryFile, source: LocalURL, text: Text?) -> HTML? {
        let name = file.displayName
        switch FileKind.preview(of: name) {
        case .image: return "<img src=\"\(source)\" alt=\"The image \(name)\">"
        case .document: return "<iframe src=\"\(source)#navpanes=0&view=FitH\" title=\"The document \(name)\"></iframe>"
        case .video:
            return "<video src=\"\(source)\" controls preload=\"metadata\" aria-label=\"The video \(name)\"></video>"
        case .audio:
            return "<audio src=\"\(source)\" controls preload=\"metadata\" aria-label=\"The sound \(name)\"></audio>"
        case .text: return text.map { Self.plain($0, name) }
        case .table: return text.map { Self.table($0, name) }
        case nil: return nil
        }
    }

    private static func plain(_ text: Text, _ name: String) -> HTML {
        """
        <pre class="plain" tabindex="0" role="region" aria-label="The text \(name)">\(text.text)</pre>
        \(text.isWhole ? nil : "<p class=\"more\">This is the beginning. Download the file to see all of it.</p>" as HTML)
        """
    }

    private static func table(_ text: Text, _ name: String) -> HTML {
        let table = DelimitedText(text.text, isComplete: text.isWhole)
        let rows = Array(table.rows.dropFirst(table.hasHeader ? 1 : 0))
        let shown = rows.prefix(Self.rowLimit)
        let width = table.rows.map(\.count).max() ?? 0
        guard width > 0 else { return Self.plain(text, name) }
        let isAll = text.isWhole && shown.count == rows.count && width <= Self.columnLimit
        let columns = (0..<min(width, Self.columnLimit)).map { column in
            // A column of numbers is aligned at its end, together with its header.
            let cells = shown.compactMap { column < $0.count && !$0[column].isEmpty ? $0[column] : nil }
            let isNumber = !cells.isEmpty && cells.allSatisfy(DelimitedText.isNumber)
            return Column(index: column, kind: isNumber ? " class=\"number\"" : nil)
        }
        let header: HTML? =
            table.hasHeader
            ? "<thead><tr>\(columns.map { "<th scope=\"col\"\($0.kind)>\($0.cell(table.rows[0]))</th>" as HTML })</tr></thead>"
            : nil
        return """
            <div class="grid" tabindex="0" role="region" aria-label="The table \(name)">
            <table>
            \(header)
            <tbody>
            \(shown.map { row in
                "<tr>\(columns.map { "<td\($0.kind)>\($0.cell(row))</td>" as HTML })</tr>\n" as HTML
            })</tbody>
            </table>
            </div>
            \(isAll ? nil : "<p class=\"more\">This is the beginning. Download the file to see all of it.</p>" as HTML)
            """
    }

    private struct Column {
        let index: Int
        let kind: HTML?

        func cell(_ row: [String]) -> String { self.index < row.count ? row[self.index] : "" }
    }
}
