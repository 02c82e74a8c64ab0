extension String {
    /// The text with control characters and quotes escaped: it cannot break out of a line of a log or of a message.
    var printable: String {
        var text = ""
        for scalar in self.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: text += scalar.escaped(asASCII: true)
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }
}
