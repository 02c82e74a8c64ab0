import CLinux
import Glibc
import SystemPackage

/// Asks a running server as a web server does: one `GET` request over a connection of its own. Blocks the calling thread.
package struct ServerQuestion {
    /// The reason of a missing answer: one sentence without a full stop.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
        /// Whether this user may not connect.
        package let isForbidden: Bool

        init(_ description: String, isForbidden: Bool = false) {
            (self.description, self.isForbidden) = (description, isForbidden)
        }
    }

    /// The status of the response, and its body.
    package struct Answer {
        package let status: Int
        package let body: [UInt8]
    }

    /// A longer response is not one of a server's own pages.
    private static let longest = 4 << 20

    private let address: ListenAddress
    private let deadline: ContinuousClock.Instant
    private let limit: Duration

    /// - Parameters:
    ///   - address: The server's address.
    ///   - limit: The time until the complete answer.
    package init(_ address: ListenAddress, within limit: Duration = .seconds(5)) {
        self.address = address
        self.limit = limit
        self.deadline = .now + limit
    }

    /// Sends a request with these parameters, and receives the response.
    package func ask(_ parameters: [(name: String, value: String)]) throws(Failure) -> Answer {
        let descriptor = try self.connect()
        defer { close(descriptor) }
        var content: [UInt8] = []
        for (name, value) in parameters {
            content +=
                Self.length(name.utf8.count) + Self.length(value.utf8.count) + Array(name.utf8)
                + Array(value.utf8)
        }
        // The role of a responder, and no further request on the connection.
        try self.send(
            RecordHeader.records(.beginRequest, requestID: 1, content: [0, 1, 0, 0, 0, 0, 0, 0])
                + RecordHeader.records(.parameters, requestID: 1, content: content)
                + RecordHeader.records(.parameters, requestID: 1, content: [])
                + RecordHeader.records(.standardInput, requestID: 1, content: []), to: descriptor)
        return try self.answer(from: descriptor)
    }

    private static func length(_ count: Int) -> [UInt8] {
        count < 0x80 ? [UInt8(count)] : [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: (count | 1 << 31) >> $0) }
    }

    // MARK: Connecting

    private func connect() throws(Failure) -> Int32 {
        switch self.address.kind {
        case .unix(let path):
            guard path.utf8.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else {
                throw Failure("\(self.address) is longer than the path of a socket")
            }
            return try ListeningSocket.withAddress(path) { address, size in
                Result { () throws(Failure) in try self.connect(AF_UNIX, address, size) }
            }.get()
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            let code = getaddrinfo(host, String(port), &hints, &list)
            guard code == 0, let first = list?.pointee, let address = first.ai_addr else {
                throw Failure("the address of \(host) is unknown: \(String(cString: gai_strerror(code)))")
            }
            defer { freeaddrinfo(list) }
            return try self.connect(first.ai_family, address, first.ai_addrlen)
        }
    }

    private func connect(
        _ family: Int32, _ address: UnsafePointer<sockaddr>, _ size: socklen_t
    ) throws(Failure) -> Int32 {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw self.failure(errno) }
        do throws(Failure) {
            // connect(2) observes it, too.
            try self.limit(descriptor, SO_SNDTIMEO)
            guard Glibc.connect(descriptor, address, size) == 0 else { throw self.failure(errno) }
        } catch {
            close(descriptor)
            throw error
        }
        return descriptor
    }

    /// Lets the next call end at the deadline.
    private func limit(_ descriptor: Int32, _ option: Int32) throws(Failure) {
        let (seconds, attoseconds) = (self.deadline - .now).components
        var time = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        // Zero would mean no limit.
        guard time.tv_sec > 0 || time.tv_usec > 0 else { throw self.late }
        setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    private var late: Failure {
        Failure("the program at \(self.address) did not answer within \(self.limit.components.seconds) s")
    }

    private func failure(_ code: Int32) -> Failure {
        switch code {
        case ENOENT, ENOTDIR: Failure("the socket \(self.address) does not exist")
        case ECONNREFUSED: Failure("no program listens on \(self.address)")
        case EACCES, EPERM: Failure("this user must not connect to \(self.address)", isForbidden: true)
        case EAGAIN, EINPROGRESS, ETIMEDOUT: self.late
        default: Failure("\(self.address) cannot be asked: \(Errno(rawValue: code))")
        }
    }

    // MARK: Exchanging records

    private func send(_ bytes: [UInt8], to descriptor: Int32) throws(Failure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            try self.limit(descriptor, SO_SNDTIMEO)
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw self.failure(errno) }
            rest = rest.dropFirst(count)
        }
    }

    private func answer(from descriptor: Int32) throws(Failure) -> Answer {
        var output: [UInt8] = []
        while output.count < Self.longest {
            let header = try self.receive(RecordHeader.size, from: descriptor).withUnsafeBytes { RecordHeader($0) }
            guard header.version == 1, header.requestID == 1 else { break }
            let content = try self.receive(header.contentLength + header.paddingLength, from: descriptor)
                .prefix(header.contentLength)
            switch RecordHeader.Kind(rawValue: header.type) {
            case .standardOutput: output += content
            case .standardError: continue
            case .endRequest: return try self.answer(output)
            default: throw self.stranger
            }
        }
        throw self.stranger
    }

    /// Reads the head of a CGI response (RFC 3875 §6.3).
    private func answer(_ output: [UInt8]) throws(Failure) -> Answer {
        guard let end = output.firstRange(of: Array("\r\n\r\n".utf8)) else { throw self.stranger }
        let fields = String(decoding: output[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let status = fields.lazy.compactMap { field in
            field.lowercased().hasPrefix("status: ") ? Int(field.dropFirst("status: ".count).prefix(3)) : nil
        }.first
        return Answer(status: status ?? 200, body: Array(output[end.upperBound...]))
    }

    private var stranger: Failure { Failure("the program at \(self.address) does not speak FastCGI") }

    private func receive(_ count: Int, from descriptor: Int32) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            try self.limit(descriptor, SO_RCVTIMEO)
            var code: Int32 = 0
            let part = [UInt8](unsafeUninitializedCapacity: count - bytes.count) { buffer, filled in
                let result = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                if result < 0 { code = errno }
                filled = max(0, result)
            }
            if code == EINTR { continue }
            guard code == 0 else { throw self.failure(code) }
            guard !part.isEmpty else { throw Failure("the program at \(self.address) closed the connection") }
            bytes += part
        }
        return bytes
    }
}
