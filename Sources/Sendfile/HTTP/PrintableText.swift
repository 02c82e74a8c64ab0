extension String {
    /// The text with control characters escaped, and truncated if it is longer than any reasonable path, so that it can
    /// neither break out of a log line nor fill it.
    package var printable: String {
        let limit = 1024
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
