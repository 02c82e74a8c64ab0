import SendfileBasics

/// Whether a browser shows a file or saves it, and under which name (RFC 6266).
public struct ContentDisposition: Sendable, Hashable {
    private enum FileName: Hashable {
        case none
        case same
        case given(String)
    }

    private enum Kind: String {
        case inline
        case attachment
    }

    private let kind: Kind
    private let name: FileName

    private var type: String { self.kind.rawValue }

    private init(_ kind: Kind, _ name: FileName) {
        self.kind = kind
        self.name = name
    }

    /// Shown if the browser can show it; no field is sent.
    public static var inline: Self { Self(.inline, .none) }

    /// Shown if the browser can show it, and saved under this name.
    public static func inline(named name: String) -> Self { Self(.inline, .given(name)) }

    /// Shown if the browser can show it, and saved under the name that the handler requested.
    public static var inlineWithFileName: Self { Self(.inline, .same) }

    /// Saved under the name that the handler requested.
    public static var attachment: Self { Self(.attachment, .same) }

    /// Saved under this name.
    ///
    /// Any text is a valid name: characters that a header field cannot contain are encoded (RFC 8187) or replaced. Of a
    /// name longer than 244 bytes, the start and the extension are kept.
    public static func attachment(named name: String) -> Self { Self(.attachment, .given(name)) }

    /// Saved under a name that the browser chooses.
    public static var attachmentWithoutFileName: Self { Self(.attachment, .none) }

    /// Whether it is ``inline``.
    var isDefault: Bool {
        if case .none = self.name { self.kind == .inline } else { false }
    }

    /// The name that the client is given; `nil` if it is given none.
    package func givenName(fileName: some Collection<UInt8>) -> String? {
        switch self.name {
        case .none: nil
        case .same: String(decoding: fileName, as: UTF8.self)
        case .given(let name): Self.shortened(name)
        }
    }

    /// Whether the file is to be saved.
    package var isAttachment: Bool { self.kind == .attachment }

    /// The field's value; `nil` if no field is to be sent.
    ///
    /// - Parameter fileName: The name of the file, in any encoding.
    func fieldValue(fileName: some Collection<UInt8>) -> String? {
        switch self.name {
        case .none: return self.isDefault ? nil : self.type
        case .given(let name):
            let name = Self.shortened(name)
            return self.plain(name.utf8) ?? self.type + Self.parameters(forName: name)
        case .same:
            if let plain = self.plain(fileName) { return plain }
            if let name = String(validating: fileName, as: UTF8.self) {
                return self.type + Self.parameters(forName: name)
            }
            // The encoding of the bytes is unknown, so only the ASCII bytes are kept.
            let name = String(decoding: fileName.map { $0 < 0x80 ? $0 : UInt8(ascii: "_") }, as: UTF8.self)
            return self.type + #"; filename=""# + Self.fallback(for: name) + #"""#
        }
    }

    /// The value for a name that needs no encoding, as nearly every name; `nil` for other names.
    private func plain(_ name: some Collection<UInt8>) -> String? {
        let length = name.count
        guard (1...255).contains(length) else { return nil }
        var hasLetters = false
        for byte in name {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "%"), UInt8(ascii: "/"): return nil
            case UInt8(ascii: " "), UInt8(ascii: "."): continue
            case 0x21...0x7E: hasLetters = true
            default: return nil
            }
        }
        guard hasLetters else { return nil }
        let start = self.type.utf8
        let parameter: StaticString = "; filename=\""
        return String(unsafeUninitializedCapacity: start.count + parameter.utf8CodeUnitCount + length + 1) { buffer in
            var end = 0
            func put(_ bytes: some Sequence<UInt8>) {
                for byte in bytes {
                    buffer[end] = byte
                    end += 1
                }
            }
            put(start)
            put(UnsafeBufferPointer(start: parameter.utf8Start, count: parameter.utf8CodeUnitCount))
            put(name)
            put(CollectionOfOne(UInt8(ascii: "\"")))
            return end
        }
    }

    /// `filename` for every client, and `filename*` if `filename` cannot hold the exact name.
    ///
    /// Old clients use `filename`. It contains no character that one of them decodes or truncates at: no `%`, no quotes, no
    /// slashes.
    private static func parameters(forName name: String) -> String {
        guard !name.isEmpty else { return "" }
        let name = String(String.UnicodeScalarView(name.unicodeScalars.map { Self.isControl($0) ? "_" : $0 }))
        let fallback = Self.fallback(for: name)
        var parameters = #"; filename=""# + fallback + #"""#
        if fallback != name { parameters += "; filename*=UTF-8''" + Self.encode(name) }
        return parameters
    }

    /// The name in ASCII: every other character becomes `_`. If only the extension
    /// remains, the name before it becomes `download`.
    private static func fallback(for name: String) -> String {
        var bytes = name.unicodeScalars.map { scalar -> UInt8 in
            switch scalar {
            case "\"", "\\", "%", "/": UInt8(ascii: "_")
            case " "..."~": UInt8(scalar.value)
            default: UInt8(ascii: "_")
            }
        }
        let stem = bytes[..<(bytes.lastIndex(of: UInt8(ascii: ".")) ?? bytes.endIndex)]
        let isBare = stem.allSatisfy { $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: ".") }
        // A name such as ".profile" or "__" had this form from the start: keep it.
        if isBare, !bytes.elementsEqual(name.utf8) { bytes.replaceSubrange(..<stem.endIndex, with: "download".utf8) }
        if bytes.allSatisfy({ $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: " ") }) { return "download" }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// `ext-value` of RFC 8187 §3.2.1, without the charset.
    private static func encode(_ name: String) -> String {
        String(decoding: PercentEncoding.encode(name.utf8, keeping: PercentEncoding.attributeCharacters), as: UTF8.self)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
    }

    /// The longest name in bytes that is given to a client. File systems allow 255, but Chromium appends `.crdownload` while it
    /// saves, and fails if the result is longer.
    private static let longestName = 244

    private static func shortened(_ name: String) -> String {
        let limit = Self.longestName
        guard name.utf8.count > limit else { return name }
        var suffix = ""
        if let dot = name.lastIndex(of: "."), name[dot...].utf8.count <= 16 { suffix = String(name[dot...]) }
        var stem = ""
        var length = suffix.utf8.count
        for scalar in name.unicodeScalars {
            length += UTF8.width(scalar)
            guard length <= limit else { break }
            stem.unicodeScalars.append(scalar)
        }
        return stem + suffix
    }
}
