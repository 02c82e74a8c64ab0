extension String {
    /// The text with control characters escaped, and cut off where it is longer than any sensible path: it can neither break out
    /// of a line of a log nor fill it.
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
