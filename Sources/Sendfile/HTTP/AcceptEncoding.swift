/// The content codings that a client accepts (RFC 9110 §12.5.3).
struct AcceptEncoding {
    /// A coding for which a compressed variant of a file may exist.
    enum Coding: String, CaseIterable {
        // In the order of preference, if the client has none.
        case brotli = "br"
        case gzip

        /// The extension of such files, with its dot.
        var suffix: String {
            switch self {
            case .brotli: ".br"
            case .gzip: ".gz"
            }
        }
    }

    /// The quality of each listed coding, in thousandths.
    private var qualities: [(coding: Substring.UTF8View, quality: Int)] = []

    /// Parses a field's value. Malformed elements are ignored.
    init(_ field: String) {
        for element in field.utf8.split(separator: UInt8(ascii: ",")) {
            let parts = element.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            let coding = parts[0].trimmingSpaces
            guard !coding.isEmpty, parts.count <= 2 else { continue }
            if parts.count == 1 {
                self.qualities.append((coding, 1000))
            } else if let quality = Self.quality(parts[1].trimmingSpaces) {
                self.qualities.append((coding, quality))
            }
        }
    }

    /// Whether the client accepts any coding, known or unknown.
    var acceptsAny: Bool { self.qualities.contains { $0.quality > 0 && !$0.coding.isEqual(to: "identity") } }

    /// The acceptable codings, best first, down to the quality of the unencoded file.
    var preferred: [Coding] {
        // If identity is not listed, the unencoded file is acceptable as the last choice.
        let identity = self.quality(of: "identity") ?? 0
        return Coding.allCases.map { (coding: $0, quality: self.quality(of: $0.rawValue) ?? 0) }
            .filter { $0.quality > 0 && $0.quality >= identity }
            .enumerated().sorted { ($1.element.quality, $0.offset) < ($0.element.quality, $1.offset) }
            .map(\.element.coding)
    }

    /// The quality of a coding or of `*`; `nil` if neither is listed.
    private func quality(of coding: String) -> Int? {
        var others: Int?
        for (name, quality) in self.qualities {
            if name.isEqual(to: coding) || (coding == "gzip" && name.isEqual(to: "x-gzip")) { return quality }
            if name.elementsEqual("*".utf8) { others = quality }
        }
        return others
    }

    /// A weight (RFC 9110 §12.4.2) in thousandths.
    private static func quality(_ parameter: Substring.UTF8View) -> Int? {
        guard parameter.count >= 3, parameter.first.map({ $0 | 0x20 }) == UInt8(ascii: "q") else { return nil }
        let value = Array(parameter.dropFirst())
        guard value[0] == UInt8(ascii: "="), value.count <= 6, value.count == 2 || value[2] == UInt8(ascii: ".") else {
            return nil
        }
        var quality = 0
        for place in [1, 3, 4, 5] {
            let digit = place < value.count ? value[place] : UInt8(ascii: "0")
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            quality = quality * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return quality <= 1000 ? quality : nil
    }
}

extension Substring.UTF8View {
    /// The text without spaces and tabs at its ends.
    var trimmingSpaces: Self {
        func isSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
        var text = self
        while let first = text.first, isSpace(first) { text.removeFirst() }
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }

    /// Whether this is the token, compared case-insensitively.
    fileprivate func isEqual(to token: String) -> Bool {
        self.count == token.utf8.count
            && zip(self, token.utf8).allSatisfy { byte, other in
                byte == other || ((0x41...0x5A).contains(byte) && byte | 0x20 == other)
            }
    }
}
