/// Reads lines and counted bytes from a socket.
struct ByteReader {
    private let socket: Socket
    private var buffer: ArraySlice<UInt8> = []

    init(_ socket: Socket) { self.socket = socket }

    /// The next line without its CR LF; bytes that are not UTF-8 are replaced.
    mutating func line() throws -> String {
        var line: [UInt8] = []
        while true {
            if let end = self.buffer.firstIndex(of: UInt8(ascii: "\n")) {
                line += self.buffer[..<end]
                self.buffer = self.buffer[(end + 1)...]
                guard line.last == UInt8(ascii: "\r") else { throw Failure("a line end without CR") }
                return String(decoding: line.dropLast(), as: UTF8.self)
            }
            line += self.buffer
            guard try self.fill() else {
                throw Failure("the connection ended within a line: \(String(decoding: line, as: UTF8.self))")
            }
        }
    }

    /// Exactly `count` bytes.
    mutating func pass(_ count: Int, to receive: (ArraySlice<UInt8>) throws -> Void) throws {
        var missing = count
        while missing > 0 {
            if self.buffer.isEmpty, !(try self.fill()) {
                throw Failure("the connection ended \(missing) bytes before the end of \(count)")
            }
            let piece = self.buffer.prefix(missing)
            try receive(piece)
            self.buffer = self.buffer.dropFirst(piece.count)
            missing -= piece.count
        }
    }

    /// Reads everything up to the end of the connection.
    mutating func passRest(to receive: (ArraySlice<UInt8>) throws -> Void) throws {
        repeat {
            if !self.buffer.isEmpty { try receive(self.buffer) }
        } while try self.fill()
    }

    private mutating func fill() throws -> Bool {
        self.buffer = try self.socket.receive(atMost: 262_144)[...]
        return !self.buffer.isEmpty
    }
}
