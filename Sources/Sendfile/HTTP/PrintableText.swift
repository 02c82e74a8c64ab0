extension String {
    /// The text with control characters escaped, and truncated if it is longer than any reasonable path, so that it can
    /// neither break out of a log line nor fill it.
    package var printable: String {
        let limit = 1024
        // Most texts are such, and the category of a character is a search in a table.
        if self.utf8.count <= limit, self.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) { return self }
        var text = ""
        for (index, scalar) in self.unicodeScalars.enumerated() {
            guard index < limit else { return text + "…" }
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text += scalar.escaped(asASCII: true)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
