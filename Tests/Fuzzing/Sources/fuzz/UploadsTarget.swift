@testable import ExampleReaders

/// Forms with files as a browser or any other client sends them, and tables as users upload them.
enum UploadsTarget {
    struct Part: Equatable, Sendable {
        var name: String
        var fileName: [UInt8]?
        var content: [UInt8] = []
    }

    /// The parts up to the first fault, and the fault.
    struct Outcome: Equatable, Sendable {
        var parts: [Part] = []
        var fault: String?
    }

    static func run(_ input: Input) {
        var input = input
        let seed = input.byte()
        switch seed % 4 {
        case 0: Self.written(&input, seed)
        case 1:
            let type = input.text()
            Self.arbitrary(type, Array(input.rest), seed)
        case 2: Self.names(&input)
        default: Self.arbitrary("multipart/form-data; boundary=b", Array(input.rest), seed)
        }
    }

    /// The result is the same in one chunk and in many, and the same as that of a second reader, which has the whole form.
    private static func arbitrary(_ type: String, _ body: [UInt8], _ seed: UInt8) {
        let whole = Self.read(type, [body])
        let pieces = Self.read(type, Array(Chunks(body, seed: seed)))
        require(whole == pieces, "\(whole as Any) in one chunk, \(pieces as Any) in many")
        guard let whole, let boundary = PartHead.boundary(contentType: type) else { return }
        require((1...70).contains(boundary.utf8.count), boundary)
        let reference = Self.reference(Array("\r\n--\(boundary)".utf8), [0x0D, 0x0A] + body)
        require(whole == reference, "\(whole), but \(reference)")
    }

    /// A form that is written as WHATWG HTML describes it is read as it was written.
    private static func written(_ input: inout Input, _ seed: UInt8) {
        var parts: [Part] = []
        while !input.rest.isEmpty, parts.count < PartHead.countLimit {
            let isFile = input.byte() % 2 == 1
            let (name, fileName) = (input.text(), input.line())
            parts.append(Part(name: name, fileName: isFile ? fileName : nil, content: input.bytes()))
        }
        let boundary = "----WebKitFormBoundary0123456789"
        let separator = Array("\r\n--\(boundary)".utf8)
        guard !parts.contains(where: { $0.content.firstRange(of: separator) != nil }) else { return }
        var body: [UInt8] = []
        for part in parts {
            body += Array("--\(boundary)\r\nContent-Disposition: form-data; name=\"".utf8)
            body += Self.escaped(Array(part.name.utf8))
            if let fileName = part.fileName { body += Array("\"; filename=\"".utf8) + Self.escaped(fileName) }
            body += Array((part.fileName == nil ? "\"\r\n\r\n" : "\"\r\nContent-Type: a/b\r\n\r\n").utf8)
            body += part.content + "\r\n".utf8
        }
        body += "--\(boundary)--\r\n".utf8
        // Browsers escape no percent sign, so a name with the text of an escape is read as that.
        let readable = parts.map { part in
            Part(
                name: String(decoding: Self.unescaped(Array(part.name.utf8)), as: UTF8.self),
                fileName: part.fileName.map(Self.unescaped), content: part.content)
        }
        let outcome = Self.read("multipart/form-data; boundary=\(boundary)", Array(Chunks(body, seed: seed)))
        require(outcome == Outcome(parts: readable), "\(outcome as Any), but \(readable)")
    }

    private static func escaped(_ name: [UInt8]) -> [UInt8] {
        name.flatMap { byte -> [UInt8] in
            switch byte {
            case 0x22: Array("%22".utf8)
            case 0x0D: Array("%0D".utf8)
            case 0x0A: Array("%0A".utf8)
            default: [byte]
            }
        }
    }

    private static func unescaped(_ name: [UInt8]) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = 0
        while index < name.count {
            let digits = String(decoding: name[min(index + 1, name.count)..<min(index + 3, name.count)], as: UTF8.self)
            if name[index] == 0x25, let byte = ["22": 0x22, "0D": 0x0D, "0d": 0x0D, "0A": 0x0A, "0a": 0x0A][digits] {
                bytes.append(UInt8(byte))
                index += 3
            } else {
                bytes.append(name[index])
                index += 1
            }
        }
        return bytes
    }

    private static func read(_ type: String, _ chunks: [[UInt8]]) -> Outcome? {
        let largest = chunks.map(\.count).max() ?? 0
        return result {
            guard var reader = MultipartReader(contentType: type, source: ChunkSource(chunks)) else { return nil }
            var outcome = Outcome()
            do {
                while let head = try await reader.nextPart() {
                    outcome.parts.append(Part(name: head.name, fileName: head.fileName))
                    while let chunk = try await reader.nextChunk() {
                        require(!chunk.isEmpty && chunk.count <= largest + 80, "a chunk of \(chunk.count) bytes")
                        outcome.parts[outcome.parts.count - 1].content += chunk
                    }
                }
            } catch {
                outcome.fault = "\(error)"
                // How much of the part was read before the fault depends on the chunks.
                if outcome.fault?.contains("last boundary") == true { outcome.parts = outcome.parts.dropLast() }
            }
            return outcome
        }
    }

    /// Reads a whole form.
    private static func reference(_ delimiter: [UInt8], _ body: [UInt8]) -> Outcome {
        var outcome = Outcome()
        let short = "not a form with files: the body ends before its last boundary"
        func find(_ from: Int) -> Int? {
            guard body.count >= delimiter.count, from <= body.count - delimiter.count else { return nil }
            return (from...(body.count - delimiter.count)).first {
                body[$0] == 0x0D && body[$0..<$0 + delimiter.count].elementsEqual(delimiter)
            }
        }
        func fail(_ reason: String) -> Outcome {
            outcome.fault = reason
            if reason == short { outcome.parts = outcome.parts.dropLast() }
            return outcome
        }
        guard var position = find(0) else { return fail(short) }
        while true {
            position += delimiter.count
            guard body.count - position >= 2 else { return fail(short) }
            if body[position...].starts(with: "--".utf8) { return outcome }
            if outcome.parts.count == PartHead.countLimit { return fail("TooManyParts()") }
            var room = PartHead.limit
            var lines: [ArraySlice<UInt8>] = []
            repeat {
                guard let end = body[position...].firstIndex(of: 0x0A) else {
                    return fail(
                        body.count - position > room
                            ? "not a form with files: the head of a part is longer than 8192 bytes" : short)
                }
                room -= end - position
                guard room >= 0 else {
                    return fail("not a form with files: the head of a part is longer than 8192 bytes")
                }
                guard end > position, body[end - 1] == 0x0D else {
                    return fail("not a form with files: a line does not end in CR LF")
                }
                lines.append(body[position..<end - 1])
                position = end + 1
                if lines.count == 1, !lines[0].allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
                    return fail("not a form with files: a boundary is followed by text")
                }
            } while lines.count == 1 || !lines[lines.count - 1].isEmpty
            guard let head = lines.dropFirst().compactMap({ PartHead($0) }).last else {
                return fail("not a form with files: a part has no name")
            }
            outcome.parts.append(Part(name: head.name, fileName: head.fileName))
            guard let end = find(position) else { return fail(short) }
            outcome.parts[outcome.parts.count - 1].content = Array(body[position..<end])
            position = end
        }
    }

    /// The name of a file is one component of a path, and stays one with a number. A table is read as it was written.
    private static func names(_ input: inout Input) {
        let number = Int(input.byte()) << 8 | Int(input.byte())
        let given = input.line()
        if let name = UploadName.cleaned(given) {
            let numbered = UploadName.numbered(name, number)
            for name in [name, numbered] {
                require(
                    (1...255).contains(name.count) && !name.contains(0) && !name.contains(UInt8(ascii: "/"))
                        && !name.elementsEqual(".".utf8) && !name.elementsEqual("..".utf8), "\(given), \(number)")
            }
            if String(validating: name, as: UTF8.self) != nil {
                require(String(validating: numbered, as: UTF8.self) != nil, "\(numbered) cuts a character")
            }
        }
        var checks = 0
        let free = UploadName.freeNumber { candidate in
            checks += 1
            return candidate <= number
        }
        require(free == number + 1 && checks <= 40, "\(free) after \(checks) checks, \(number) are taken")

        let delimiters: [Character] = [",", ";", "\t"]
        let delimiter = delimiters[number % 3]
        var rows: [[String]] = [["a", "b"]]
        while !input.rest.isEmpty { rows.append([input.text(), input.text()]) }
        let text = rows.map { row in
            // Bytes, because a quotation mark may be one `Character` with its neighbours.
            let quote = UInt8(ascii: "\"")
            return row.map { text in
                let bytes = text.utf8.flatMap { $0 == quote ? [quote, quote] : [$0] }
                return "\"\(String(decoding: bytes, as: UTF8.self))\""
            }.joined(separator: String(delimiter)) + "\r\n"
        }.joined()
        let table = DelimitedText(text, isComplete: true)
        require(
            table.rows.map { $0.map { Array($0.utf8) } } == rows.map { $0.map { Array($0.utf8) } },
            "\(table.rows), but \(rows)")
    }
}
