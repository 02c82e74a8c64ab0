/// A strict parser of `Content-Disposition` (RFC 6266, RFC 8187) that shares no code with the library.
struct ContentDispositionReader {
    let type: String
    /// The parameters by name in lower case; the value of `filename*` is decoded.
    let parameters: [String: String]

    /// The name under which the client saves: `filename*` takes precedence over `filename`.
    var fileName: String? { self.parameters["filename*"] ?? self.parameters["filename"] }

    init(_ value: String) throws {
        var rest = Array(value.utf8)[...]
        self.type = try Self.token(&rest).lowercased()
        var parameters: [String: String] = [:]
        while !rest.isEmpty {
            Self.skipBlanks(&rest)
            try Self.take(";", &rest)
            Self.skipBlanks(&rest)
            let name = try Self.token(&rest).lowercased()
            Self.skipBlanks(&rest)
            try Self.take("=", &rest)
            Self.skipBlanks(&rest)
            let text: String
            if name.hasSuffix("*") {
                text = try Self.extendedValue(&rest)
            } else if rest.first == UInt8(ascii: "\"") {
                text = try Self.quotedString(&rest)
            } else {
                text = try Self.token(&rest)
            }
            guard parameters.updateValue(text, forKey: name) == nil else { throw Failure("\(name) twice in \(value)") }
        }
        self.parameters = parameters
    }

    private static func take(_ expected: Character, _ rest: inout ArraySlice<UInt8>) throws {
        guard let byte = rest.popFirst(), byte == expected.asciiValue else {
            throw Failure("no \(expected) before \(String(decoding: rest, as: UTF8.self))")
        }
    }

    private static func skipBlanks(_ rest: inout ArraySlice<UInt8>) {
        rest = rest.drop { $0 == 0x20 || $0 == 0x09 }
    }

    /// RFC 9110 §5.6.2.
    private static func token(_ rest: inout ArraySlice<UInt8>) throws -> String {
        let token = rest.prefix { Self.isAlphanumeric($0) || Array("!#$%&'*+-.^_`|~".utf8).contains($0) }
        guard !token.isEmpty else { throw Failure("no token before \(String(decoding: rest, as: UTF8.self))") }
        rest = rest[token.endIndex...]
        return String(decoding: token, as: UTF8.self)
    }

    /// RFC 9110 §5.6.4, in ASCII only: the meaning of other bytes is undefined.
    private static func quotedString(_ rest: inout ArraySlice<UInt8>) throws -> String {
        try Self.take("\"", &rest)
        var bytes: [UInt8] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
            case UInt8(ascii: "\\"):
                guard let quoted = rest.popFirst(), Self.isPrintable(quoted) else { throw Failure("a bad quoted pair") }
                bytes.append(quoted)
            case _ where Self.isPrintable(byte): bytes.append(byte)
            default: throw Failure("byte \(byte) in a quoted string")
            }
        }
        throw Failure("an unterminated quoted string")
    }

    /// RFC 8187 §3.2.1: `UTF-8'language'percent-encoded`.
    private static func extendedValue(_ rest: inout ArraySlice<UInt8>) throws -> String {
        let charset = rest.prefix { $0 != UInt8(ascii: "'") }
        guard String(decoding: charset, as: UTF8.self).uppercased() == "UTF-8" else { throw Failure("not in UTF-8") }
        rest = rest[charset.endIndex...]
        try Self.take("'", &rest)
        rest = rest.drop { Self.isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
        try Self.take("'", &rest)

        var bytes: [UInt8] = []
        while let byte = rest.first {
            if byte == UInt8(ascii: "%") {
                let digits = rest.dropFirst().prefix(2)
                guard digits.count == 2, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16) else {
                    throw Failure("a bad escape in an extended value")
                }
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else if Self.isAlphanumeric(byte) || Array("!#$&+-.^_`|~".utf8).contains(byte) {
                bytes.append(byte)
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure("an extended value not in UTF-8")
        }
        return text
    }

    private static func isPrintable(_ byte: UInt8) -> Bool { (0x20..<0x7F).contains(byte) || byte == 0x09 }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "a")...UInt8(ascii: "z"):
            true
        default: false
        }
    }
}
