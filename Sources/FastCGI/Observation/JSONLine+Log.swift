import Logging

extension JSONLine {
    /// The maximum length of one text of a log line in bytes, so that no value fills the log.
    static let textLimit = 8000

    /// The line of a log message, as ``FastCGILogHandler`` documents it.
    init(_ event: LogEvent, label: String, _ metadata: Logger.Metadata) {
        self.init()
        self.add("time", Timestamp.now(milliseconds: true))
        self.add("level", event.level.rawValue)
        self.add("logger", label)
        self.add("message", Self.shortened("\(event.message)"))
        if let error = event.error { self.add("error", Self.shortened("\(error)")) }
        guard !metadata.isEmpty else { return }
        self.addName("metadata")
        self.append(metadata)
    }

    private mutating func append(_ metadata: Logger.Metadata) {
        self.beginObject()
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            self.addName(Self.shortened(key))
            self.append(value)
        }
        self.endObject()
    }

    private mutating func append(_ value: Logger.MetadataValue) {
        switch value {
        case .string(let text): self.append(Self.shortened(text))
        case .stringConvertible(let value): self.append(Self.shortened("\(value)"))
        case .dictionary(let metadata): self.append(metadata)
        case .array(let values):
            self.beginList()
            for value in values {
                self.separate()
                self.append(value)
            }
            self.endList()
        }
    }

    /// The text, truncated between two characters if it is longer than ``textLimit``.
    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > self.textLimit else { return text }
        var end = text.utf8.index(text.startIndex, offsetBy: self.textLimit)
        while String.Index(end, within: text.unicodeScalars) == nil { end = text.utf8.index(before: end) }
        return "\(text[..<end])…"
    }
}
