/// Reads what curl writes with `include`: heads, of which the last counts, and the body.
struct AnswerReader {
    private var head: [UInt8] = []
    private(set) var status = 0
    private(set) var fields: [Answer.Field] = []
    private var isInBody = false

    /// Takes what came, and gives what of it belongs to the body.
    mutating func take(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        if self.isInBody { return bytes[...] }
        self.head += bytes
        while let end = Self.endOfHead(self.head) {
            let lines = self.head[..<end].split(separator: UInt8(ascii: "\n")).map { line in
                String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
            }
            self.read(lines)
            self.head.removeFirst(end)
            // 100 Continue and 103 Early Hints come before the answer.
            guard (100..<200).contains(self.status) else {
                self.isInBody = true
                defer { self.head = [] }
                return self.head[...]
            }
        }
        return []
    }

    private mutating func read(_ lines: [String]) {
        let words = lines.first?.split(separator: " ") ?? []
        self.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        self.fields = lines.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return Answer.Field(name: String(line[..<colon]), value: String(value))
        }
    }

    /// Behind the empty line.
    private static func endOfHead(_ bytes: [UInt8]) -> Int? {
        let lineEnd = UInt8(ascii: "\n")
        for index in bytes.indices.dropLast() where bytes[index] == lineEnd {
            if bytes[index + 1] == lineEnd { return index + 2 }
            if index + 2 < bytes.count, bytes[index + 1] == UInt8(ascii: "\r"), bytes[index + 2] == lineEnd {
                return index + 3
            }
        }
        return nil
    }
}
