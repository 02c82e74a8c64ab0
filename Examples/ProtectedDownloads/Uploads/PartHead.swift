/// The header of a part of a form with files.
struct PartHead {
    /// The maximum size of a part's header fields, in bytes.
    static let limit = 8192
    /// The maximum number of parts of a form.
    static let countLimit = 32

    /// The field's name.
    let name: String
    /// The file's name as bytes; `nil` for a field that is not a file, and empty if the user chose no file.
    let fileName: [UInt8]?

    /// Parses a header field; `nil` if it is not the one that names the part.
    ///
    /// Names are encoded as browsers do (WHATWG HTML, "multipart/form-data encoding algorithm"): in UTF-8, with only
    /// quotes and line ends escaped, as `%22`, `%0D` and `%0A`. A backslash has no special meaning.
    init?(_ line: ArraySlice<UInt8>) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
            String(decoding: line[..<colon], as: UTF8.self).lowercased() == "content-disposition",
            let name = Self.parameter("name", in: line[colon...])
        else { return nil }
        self.name = String(decoding: Self.unescape(name), as: UTF8.self)
        self.fileName = Self.parameter("filename", in: line[colon...]).map(Self.unescape)
    }

    /// The boundary of the media type of a form with files (RFC 2046 §5.1.1).
    static func boundary(contentType: String) -> String? {
        guard contentType.lowercased().hasPrefix("multipart/form-data") else { return nil }
        let bytes = Array(contentType.utf8)
        let boundary = Self.parameter("boundary", in: bytes[...]).map { String(decoding: $0, as: UTF8.self) }
        return boundary.flatMap { (1...70).contains($0.utf8.count) ? $0 : nil }
    }

    /// The value of `name=value` or `name="value"` after a semicolon.
    private static func parameter(_ name: String, in field: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        var rest = field
        let quote = UInt8(ascii: "\"")
        while let semicolon = rest.firstIndex(of: UInt8(ascii: ";")) {
            rest = rest[(semicolon + 1)...].drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
            guard let equals = rest.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let key = String(decoding: rest[..<equals], as: UTF8.self).lowercased()
            rest = rest[(equals + 1)...]
            let value: ArraySlice<UInt8>
            if rest.first == quote {
                value = rest.dropFirst().prefix { $0 != quote }
                rest = rest[min(value.endIndex + 1, rest.endIndex)...]
            } else {
                value = rest.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
                rest = rest[value.endIndex...]
            }
            if key == name { return value }
        }
        return nil
    }

    private static func unescape(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), let value = Hexadecimal.decode(rest.prefix(2))?.first,
                [0x22, 0x0D, 0x0A].contains(value)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }
}
