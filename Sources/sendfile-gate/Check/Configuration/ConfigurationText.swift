import CLinux
import Glibc
import SystemPackage

/// The text of a configuration file, read from left to right.
struct ConfigurationText {
    let file: String
    private let bytes: [UInt8]
    private(set) var index = 0
    private(set) var line = 1
    /// The number of blocks around the place that is read next.
    private var nesting = 0

    /// - Returns: `nil` if the file cannot be read, or is larger than 4 MiB.
    init?(of file: String) {
        // Opening a FIFO would wait for a writer.
        let options: FileDescriptor.OpenOptions = [.closeOnExec, .nonBlocking]
        guard let descriptor = try? FileDescriptor.open(FilePath(file), .readOnly, options: options) else { return nil }
        defer { try? descriptor.close() }
        var bytes = [UInt8](repeating: 0, count: 4 << 20)
        var length = 0
        while length < bytes.count {
            let count = try? bytes.withUnsafeMutableBytes { try descriptor.read(into: .init(rebasing: $0[length...])) }
            guard let count else { return nil }
            if count == 0 { break }
            length += count
        }
        guard length < bytes.count else { return nil }
        self.file = file
        self.bytes = Array(bytes[..<length])
    }

    init(_ text: String, file: String) {
        self.file = file
        self.bytes = Array(text.utf8)
    }

    var next: UInt8? { self.index < self.bytes.count ? self.bytes[self.index] : nil }

    mutating func take() -> UInt8? {
        guard let byte = self.next else { return nil }
        self.index += 1
        if byte == UInt8(ascii: "\n") { self.line += 1 }
        return byte
    }

    /// Takes the text if it is next.
    mutating func take(_ text: String) -> Bool {
        guard self.bytes[self.index...].starts(with: text.utf8) else { return false }
        for _ in text.utf8 { _ = self.take() }
        return true
    }

    /// Takes bytes while the condition holds.
    mutating func take(while condition: (UInt8) -> Bool) -> String {
        let start = self.index
        while let byte = self.next, condition(byte) { _ = self.take() }
        return String(decoding: self.bytes[start..<self.index], as: UTF8.self)
    }

    /// Skips white space, and comments from `#` to the end of the line.
    mutating func skipSpace() {
        while let byte = self.next {
            if byte == UInt8(ascii: "#") {
                _ = self.take { $0 != UInt8(ascii: "\n") }
            } else if Self.isSpace(byte) {
                _ = self.take()
            } else {
                return
            }
        }
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Takes a quoted text and returns it without its quotes. A backslash protects a quote.
    mutating func takeQuoted() -> String {
        let quote = self.take()
        var text: [UInt8] = []
        while let byte = self.take(), byte != quote {
            if byte == UInt8(ascii: "\\"), let protected = self.next, protected == quote {
                _ = self.take()
                text.append(protected)
            } else {
                text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The files that a pattern of `include` matches, in order.
    ///
    /// - Parameter directory: The directory to which a relative pattern belongs.
    static func files(_ pattern: String, in directory: String) -> [String] {
        let pattern = pattern.hasPrefix("/") ? pattern : "\(directory)/\(pattern)"
        var result = glob_t()
        defer { globfree(&result) }
        guard glob(pattern, 0, nil, &result) == 0 else { return [] }
        return (0..<Int(result.gl_pathc)).compactMap { index in result.gl_pathv[index].map { String(cString: $0) } }
    }

    /// The depth of `include` at which reading ends: a file may include itself.
    static let deepest = 16

    /// The number of blocks in one another that are read as such. No configuration has as many; without a limit, a file of opening braces
    /// would use up the stack.
    private static let deepestBlock = 100

    /// Enters a block. False if it is too deep; its directives are then read as those of the block around it.
    mutating func enterBlock() -> Bool {
        guard self.nesting < Self.deepestBlock else { return false }
        self.nesting += 1
        return true
    }

    mutating func leaveBlock() { self.nesting -= 1 }
}
