/// An XML document of a store, or an element of it. Only the elements that S3's answers have are understood: without attributes of
/// interest, and not nested in others of their name.
struct StoreDocument {
    private let bytes: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { self.bytes = bytes[...] }

    private init(content: ArraySlice<UInt8>) { self.bytes = content }

    /// The contents of all elements with a name.
    func elements(_ name: String) -> [StoreDocument] {
        var elements: [StoreDocument] = []
        var rest = self.bytes
        while let start = Self.range(of: "<\(name)>", in: rest),
            let end = Self.range(of: "</\(name)>", in: rest[start.upperBound...])
        {
            elements.append(StoreDocument(content: rest[start.upperBound..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        return elements
    }

    /// The text of the first element with a name.
    func text(_ name: String) -> String? { self.elements(name).first?.text }

    /// Whether the root is an element with this name, whatever its attributes are.
    func hasElement(_ name: String) -> Bool {
        Self.range(of: "<\(name)>", in: self.bytes) != nil || Self.range(of: "<\(name) ", in: self.bytes) != nil
    }

    /// The content without entities.
    private var text: String {
        var text: [UInt8] = []
        var rest = self.bytes
        while let byte = rest.first {
            let match = byte == UInt8(ascii: "&") ? Self.entities.first { rest.starts(with: $0.entity.utf8) } : nil
            text.append(match?.character ?? byte)
            rest = rest.dropFirst(match?.entity.utf8.count ?? 1)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A text as the content of an element.
    static func escaped(_ text: String) -> String {
        let bytes = text.utf8.flatMap { byte in
            Self.entities.first { $0.character == byte }.map { Array($0.entity.utf8) } ?? [byte]
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Bytes, because a sign and an accent behind it are one `Character`. The first entity of a character is written.
    private static let entities: [(character: UInt8, entity: String)] = [
        (UInt8(ascii: "&"), "&amp;"), (UInt8(ascii: "<"), "&lt;"), (UInt8(ascii: ">"), "&gt;"),
        (UInt8(ascii: "\""), "&quot;"), (UInt8(ascii: "'"), "&apos;"), (UInt8(ascii: "\""), "&#34;"),
    ]

    private static func range(of text: String, in bytes: ArraySlice<UInt8>) -> Range<Int>? {
        let text = Array(text.utf8)
        var index = bytes.startIndex
        while index + text.count <= bytes.endIndex {
            if bytes[index] == text[0], bytes[index..<(index + text.count)].elementsEqual(text) {
                return index..<(index + text.count)
            }
            index += 1
        }
        return nil
    }
}
