/// The lines of a file of settings.
enum PlainLines {
    /// The lines that are neither empty nor comments, as directives without words.
    static func read(_ file: String) -> [Directive] {
        guard var content = ConfigurationText(of: file) else { return [] }
        var lines: [Directive] = []
        while content.next != nil {
            let number = content.line
            var line = content.take { $0 != UInt8(ascii: "\n") }
            _ = content.take()
            if line.hasSuffix("\r") { line.removeLast() }
            if !line.isEmpty, !line.hasPrefix("#"), !line.hasPrefix(";") {
                lines.append(Directive(name: line, words: [], file: file, line: number))
            }
        }
        return lines
    }
}
