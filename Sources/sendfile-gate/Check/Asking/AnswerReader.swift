/// Parses curl's output with `include`: response heads, of which the last is used, and the body.
struct AnswerReader {
    private var head: [UInt8] = []
    /// The number of bytes of `head` in which no empty line begins, so that each byte is searched once.
    private var searched = 0
    private(set) var status = 0
    private(set) var fields: [Answer.Field] = []
    private var isInBody = false

    /// Consumes received bytes and returns the part that belongs to the body.
    mutating func take(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        if self.isInBody { return bytes[...] }
        self.head += bytes
        var start = 0
        while let end = self.endOfHead(from: start) {
            let lines = self.head[start..<end].split(separator: UInt8(ascii: "\n")).map { line in
                String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
            }
            self.read(lines)
            (start, self.searched) = (end, end)
            // 100 Continue and 103 Early Hints precede the final response.
            guard (100..<200).contains(self.status) else {
                self.isInBody = true
                defer { self.head = [] }
                return self.head[start...]
            }
        }
        self.head.removeFirst(start)
        // The line end before an empty line may be among the last bytes.
        self.searched = max(0, self.head.count - 2)
        return []
    }

    private mutating func read(_ lines: [String]) {
        let words = lines.first?.split(separator: " ") ?? []
        self.status = words.count > 1 ? Int(words[1]) ?? 0 : 0
        self.fields = lines.dropFirst().compactMap { line in
            // Scalars, because a colon and an accent behind it are one `Character`.
            let scalars = line.unicodeScalars
            guard let colon = scalars.firstIndex(of: ":") else { return nil }
            let value = scalars[scalars.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            return Answer.Field(name: String(line[..<colon]), value: String(value))
        }
    }

    /// The index after the empty line that ends the head.
    private func endOfHead(from start: Int) -> Int? {
        let bytes = self.head
        let lineEnd = UInt8(ascii: "\n")
        for index in bytes.indices[max(start, self.searched)...].dropLast() where bytes[index] == lineEnd {
            if bytes[index + 1] == lineEnd { return index + 2 }
            if index + 2 < bytes.count, bytes[index + 1] == UInt8(ascii: "\r"), bytes[index + 2] == lineEnd {
                return index + 3
            }
        }
        return nil
    }
}
