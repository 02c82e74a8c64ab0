/// A reply of the protocol RESP2.
enum ValkeyReply: Equatable {
    case none
    case integer(Int64)
    /// A simple string, or a bulk string.
    case text([UInt8])
    case error(String)
    case list([ValkeyReply])

    var string: String? { if case .text(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil } }

    var list: [ValkeyReply]? { if case .list(let list) = self { list } else { nil } }

    /// A number, which scripts and hashes also give as text.
    var number: Int64? { if case .integer(let number) = self { number } else { self.string.flatMap { Int64($0) } } }
}

/// Reads replies from the bytes that arrive.
struct ValkeyReader {
    /// The most bytes of a text. A record's longest one is that of a client's name and a path.
    static let longestText = 1 << 20
    /// The most bytes of a line, which has a number, or the text of an error.
    static let longestLine = 64 << 10
    /// The most elements of a list.
    static let longestList = 1 << 20
    private static let deepest = 4

    private var bytes: ArraySlice<UInt8> = []
    private let receive: () throws(ValkeyFailure) -> [UInt8]

    /// - Parameter receive: Returns the next bytes; none at the end of the connection.
    init(_ receive: @escaping () throws(ValkeyFailure) -> [UInt8]) { self.receive = receive }

    mutating func reply() throws(ValkeyFailure) -> ValkeyReply { try self.reply(depth: 0) }

    private mutating func reply(depth: Int) throws(ValkeyFailure) -> ValkeyReply {
        let line = try self.line(isFirst: depth == 0)
        let rest = line.dropFirst()
        switch line.first {
        case UInt8(ascii: "+"): return .text(Array(rest))
        case UInt8(ascii: "-"): return .error(String(decoding: rest, as: UTF8.self))
        case UInt8(ascii: ":"): return .integer(try Self.number(rest))
        case UInt8(ascii: "$"):
            let count = try Self.number(rest)
            if count == -1 { return .none }
            guard (0...Int64(Self.longestText)).contains(count) else { throw Self.malformed }
            let text = try self.take(Int(count))
            guard try self.take(2) == [0x0D, 0x0A] else { throw Self.malformed }
            return .text(text)
        case UInt8(ascii: "*"):
            let count = try Self.number(rest)
            if count == -1 { return .none }
            guard (0...Int64(Self.longestList)).contains(count), depth < Self.deepest else { throw Self.malformed }
            var list: [ValkeyReply] = []
            for _ in 0..<count { list.append(try self.reply(depth: depth + 1)) }
            return .list(list)
        default: throw Self.malformed
        }
    }

    private static let malformed = ValkeyFailure("the answer is not that of a Valkey server")

    private static func number(_ text: ArraySlice<UInt8>) throws(ValkeyFailure) -> Int64 {
        guard let number = Int64(String(decoding: text, as: UTF8.self)) else { throw Self.malformed }
        return number
    }

    /// A line without its end.
    private mutating func line(isFirst: Bool) throws(ValkeyFailure) -> ArraySlice<UInt8> {
        var isFirst = isFirst
        while true {
            if let end = self.bytes.firstIndex(of: 0x0A) {
                let line = self.bytes[..<end]
                self.bytes = self.bytes[(end + 1)...]
                guard line.last == 0x0D else { throw Self.malformed }
                return line.dropLast()
            }
            guard self.bytes.count <= Self.longestLine else { throw Self.malformed }
            try self.more(isFirst: isFirst && self.bytes.isEmpty)
            isFirst = false
        }
    }

    private mutating func take(_ count: Int) throws(ValkeyFailure) -> [UInt8] {
        while self.bytes.count < count { try self.more(isFirst: false) }
        defer { self.bytes = self.bytes.dropFirst(count) }
        return Array(self.bytes.prefix(count))
    }

    private mutating func more(isFirst: Bool) throws(ValkeyFailure) {
        let more = try self.receive()
        guard !more.isEmpty else { throw ValkeyFailure("the server has closed the connection", isClosed: isFirst) }
        self.bytes = self.bytes.isEmpty ? more[...] : self.bytes + more
    }
}
