import Glibc
import Testing

/// A web server's side of a FastCGI connection, written from the specification: it shares no code with the library.
final class Peer {
    let descriptor: Int32
    private var received: [UInt8] = []

    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    struct Record: Equatable {
        var version: UInt8 = 1
        var type: UInt8
        var requestID: UInt16
        var content: [UInt8]
    }

    /// The response to one request.
    struct Answer {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var protocolStatus: UInt8?
        /// Whether an invalid record ended the response.
        var isBroken = false

        private var headLength: Int { self.output.firstRange(of: [13, 10, 13, 10] as [UInt8])?.lowerBound ?? 0 }
        var head: [String] {
            String(decoding: self.output[..<self.headLength], as: UTF8.self).components("\r\n")
        }
        var status: String { self.field("Status") ?? "" }
        var body: [UInt8] { Array(self.output.dropFirst(self.headLength + 4)) }

        func field(_ name: String) -> String? {
            for line in self.head {
                let parts = line.split(separator: ": ", maxSplits: 1)
                if parts.count == 2, parts[0].lowercased() == name.lowercased() { return String(parts[1]) }
            }
            return nil
        }
    }

    init(connectingTo path: String) throws {
        // A program that another test starts must not inherit this end.
        self.descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Failure(description: "connect \(path): errno \(errno)") }
        try self.limitWaiting()
    }

    /// - Parameter source: An IPv4 address of this machine to connect from.
    init(connectingTo host: String, port: UInt16, from source: String? = nil) throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0, let info = list else {
            throw Failure(description: "no address for \(host)")
        }
        defer { freeaddrinfo(list) }
        self.descriptor = socket(info.pointee.ai_family, info.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        if let source {
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            inet_pton(AF_INET, source, &address.sin_addr)
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(self.descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else { throw Failure(description: "bind \(source): errno \(errno)") }
        }
        guard connect(self.descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0 else {
            throw Failure(description: "connect \(host):\(port): errno \(errno)")
        }
        try self.limitWaiting()
    }

    deinit { close(self.descriptor) }

    /// Limits every wait, so that a test with a missing response fails instead of hanging.
    private func limitWaiting() throws {
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(self.descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    // MARK: Sending

    static func record(_ type: UInt8, id: UInt16 = 1, _ content: [UInt8] = [], padding: Int = 0) -> [UInt8] {
        precondition(content.count <= 65_535 && padding <= 255)
        return [
            1, type, UInt8(id >> 8), UInt8(id & 255), UInt8(content.count >> 8), UInt8(content.count & 255),
            UInt8(padding), 0,
        ] + content + [UInt8](repeating: 0, count: padding)
    }

    static func begin(id: UInt16 = 1, role: UInt16 = 1, keep: Bool = true) -> [UInt8] {
        self.record(1, id: id, [UInt8(role >> 8), UInt8(role & 255), keep ? 1 : 0, 0, 0, 0, 0, 0])
    }

    static func pairs(_ parameters: [(String, String)]) -> [UInt8] {
        var bytes: [UInt8] = []
        for (name, value) in parameters {
            for length in [name.utf8.count, value.utf8.count] {
                if length < 128 {
                    bytes.append(UInt8(length))
                } else {
                    bytes += [
                        UInt8(length >> 24) | 0x80, UInt8(length >> 16 & 255), UInt8(length >> 8 & 255),
                        UInt8(length & 255),
                    ]
                }
            }
            bytes += Array(name.utf8) + Array(value.utf8)
        }
        return bytes
    }

    /// The parameters that every web server sends.
    static func parameters(
        _ method: String = "GET", _ target: String = "/", _ more: [(String, String)] = []
    ) -> [(String, String)] {
        [
            ("REQUEST_METHOD", method), ("REQUEST_URI", target), ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("GATEWAY_INTERFACE", "CGI/1.1"), ("SERVER_SOFTWARE", "test/1"), ("REMOTE_ADDR", "127.0.0.1"),
        ] + more
    }

    static func head(
        _ parameters: [(String, String)], id: UInt16 = 1, role: UInt16 = 1, keep: Bool = true
    ) -> [UInt8] {
        self.begin(id: id, role: role, keep: keep) + self.record(4, id: id, self.pairs(parameters))
            + self.record(4, id: id)
    }

    static func body(_ bytes: [UInt8], id: UInt16 = 1) -> [UInt8] {
        var records: [UInt8] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            records += self.record(5, id: id, Array(rest.prefix(60_000)))
            rest = rest.dropFirst(60_000)
        }
        return records + self.record(5, id: id)
    }

    /// Whether the server has not read all that was sent to it.
    var isUnread: Bool {
        var count: Int32 = 0
        return ioctl(self.descriptor, UInt(TIOCOUTQ), &count) == 0 && count > 0
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(self.descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw Failure(description: "send: errno \(errno)") }
            sent += count
        }
    }

    // MARK: Receiving

    /// The next record, or `nil` at the end of the connection.
    func nextRecord() throws -> Record? {
        while true {
            if self.received.count >= 8 {
                let length = Int(self.received[4]) << 8 | Int(self.received[5])
                let total = 8 + length + Int(self.received[6])
                if self.received.count >= total {
                    defer { self.received.removeFirst(total) }
                    return Record(
                        version: self.received[0], type: self.received[1],
                        requestID: UInt16(self.received[2]) << 8 | UInt16(self.received[3]),
                        content: Array(self.received[8..<8 + length]))
                }
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 17)
            let count = recv(self.descriptor, &buffer, buffer.count, 0)
            if count == 0 {
                guard self.received.isEmpty else { throw Failure(description: "the connection ended inside a record") }
                return nil
            }
            guard count > 0 else {
                let error = errno
                throw Failure(
                    description: error == EAGAIN ? "the server sent nothing for 20 s" : "recv: errno \(error)")
            }
            self.received += buffer[..<count]
        }
    }

    /// Receives everything up to the end of the request.
    func answer(id: UInt16 = 1) throws -> Answer {
        var answer = Answer()
        while let record = try self.nextRecord() {
            guard record.version == 1 else {
                answer.isBroken = true
                return answer
            }
            guard record.requestID == id else {
                throw Failure(description: "a record for request \(record.requestID)")
            }
            switch record.type {
            case 6: answer.output += record.content
            case 7: answer.errors += record.content
            case 3:
                answer.protocolStatus = record.content[4]
                return answer
            default: throw Failure(description: "a record of type \(record.type)")
            }
        }
        return answer
    }

    /// Sends a complete request and receives the response.
    func request(
        _ method: String = "GET", _ target: String = "/", _ more: [(String, String)] = [], body: [UInt8] = [],
        id: UInt16 = 1, keep: Bool = true
    ) throws -> Answer {
        var more = more
        if !body.isEmpty { more.append(("CONTENT_LENGTH", String(body.count))) }
        try self.send(Self.head(Self.parameters(method, target, more), id: id, keep: keep) + Self.body(body, id: id))
        return try self.answer(id: id)
    }

    /// Whether the other side closes now.
    func isClosed() throws -> Bool { try self.nextRecord() == nil }
}

extension String {
    func components(_ separator: String) -> [String] {
        var parts: [String] = []
        var rest = self[...]
        while let range = rest.firstRange(of: separator) {
            parts.append(String(rest[..<range.lowerBound]))
            rest = rest[range.upperBound...]
        }
        return parts + [String(rest)]
    }
}
