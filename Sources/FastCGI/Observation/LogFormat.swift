/// The format of a log line: `FASTCGI_LOG_FORMAT`.
public struct LogFormat: Sendable, Hashable, CustomStringConvertible {
    /// The name of the format in settings.
    public let description: String

    private init(_ name: String) {
        self.description = name
    }

    /// `text`: time, level, label, message and metadata, separated by spaces.
    public static let text = LogFormat("text")

    /// `json`: one object per line.
    public static let json = LogFormat("json")

    static let all = [Self.text, Self.json]

    /// The format with this name, or `nil`.
    public init?(named name: String) {
        guard let format = Self.all.first(where: { $0.description == name }) else { return nil }
        self = format
    }
}
