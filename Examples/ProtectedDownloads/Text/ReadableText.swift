/// Text of unknown encoding, for display.
enum ReadableText {
    /// Decodes UTF-8. Bytes that are not UTF-8 are read as Latin-1, which old systems in Europe and America used.
    ///
    /// - Parameter isWhole: Whether the last character is complete.
    static func decode(_ bytes: [UInt8], isWhole: Bool = true) -> String {
        // A character has up to four bytes.
        for missing in 0...(isWhole ? 0 : 3) {
            if let text = String(validating: bytes.dropLast(missing), as: UTF8.self) { return text }
        }
        return String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
