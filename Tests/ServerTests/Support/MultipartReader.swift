/// The parts of a `multipart/byteranges` body (RFC 9110 §14.6, RFC 2046 §5.1.1).
struct MultipartReader {
    struct Part: Equatable {
        let contentType: String?
        let contentRange: String?
        let bytes: [UInt8]
    }

    let parts: [Part]

    init(contentType: String, body: [UInt8]) throws {
        let words = contentType.split(separator: "boundary=", maxSplits: 1)
        guard contentType.hasPrefix("multipart/byteranges;"), words.count == 2 else {
            throw Failure("not a multipart/byteranges with a boundary: \(contentType)")
        }
        let boundary = words[1].trimmingPrefix("\"").prefix { $0 != "\"" && $0 != ";" }
        let delimiter = Array("\r\n--\(boundary)".utf8)
        // The line end before the first boundary is optional.
        var rest = (Array("\r\n".utf8) + body)[...]
        guard let first = rest.firstRange(of: delimiter) else { throw Failure("a body without its boundary") }
        rest = rest[first.upperBound...]
        var parts: [Part] = []
        while !rest.starts(with: "--".utf8) {
            guard rest.starts(with: "\r\n".utf8), let end = rest.firstRange(of: delimiter) else {
                throw Failure("an unterminated part")
            }
            parts.append(try Self.part(rest[..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        guard rest.dropFirst(2).allSatisfy({ $0 == 0x0D || $0 == 0x0A }) else {
            throw Failure("text after the last part")
        }
        self.parts = parts
    }

    private static func part(_ text: ArraySlice<UInt8>) throws -> Part {
        guard let end = text.firstRange(of: "\r\n\r\n".utf8) else { throw Failure("a part without an empty line") }
        var fields: [String: String] = [:]
        for line in String(decoding: text[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n") {
            let words = line.split(separator: ": ", maxSplits: 1)
            guard words.count == 2 else { throw Failure("not a header field: \(line)") }
            fields[words[0].lowercased()] = String(words[1])
        }
        return Part(
            contentType: fields["content-type"], contentRange: fields["content-range"],
            bytes: Array(text[end.upperBound...]))
    }
}
