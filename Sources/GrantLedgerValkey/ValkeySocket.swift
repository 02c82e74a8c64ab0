import Glibc

/// The reason why a server does not answer.
struct ValkeyFailure: Error {
    let description: String
    /// Whether the connection has ended before the reply began, as an idle one does when the server was restarted.
    var isClosed = false

    init(_ description: String, isClosed: Bool = false) {
        self.description = description
        self.isClosed = isClosed
    }

    /// A system call that failed.
    static func system(_ call: String) -> Self {
        let code = errno
        return Self("\(call): \(String(cString: strerror(code)))", isClosed: code == EPIPE || code == ECONNRESET)
    }
}

/// A connected socket, whose calls end at a deadline. Only one thread may use it.
final class ValkeySocket {
    private let descriptor: Int32
    /// The end of each call.
    var deadline: ContinuousClock.Instant

    /// Connects to a server. The resolver of the system has time limits of its own.
    init(_ endpoint: ValkeyAddress.Endpoint, until deadline: ContinuousClock.Instant) throws(ValkeyFailure) {
        self.deadline = deadline
        switch endpoint {
        case .socket(let path): self.descriptor = try Self.connect(toSocket: path)
        case .host(let host, let port):
            self.descriptor = try Self.connect(to: host, port: port, until: deadline)
        }
    }

    deinit { close(self.descriptor) }

    func send(_ bytes: [UInt8]) throws(ValkeyFailure) {
        var start = 0
        while start < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(self.descriptor, $0.baseAddress! + start, bytes.count - start, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                start += count
            } else if errno == EAGAIN {
                try Self.wait(self.descriptor, POLLOUT, until: self.deadline)
            } else if errno != EINTR {
                throw .system("send")
            }
        }
    }

    /// Receives some bytes; none if the server has closed the connection.
    func receive() throws(ValkeyFailure) -> [UInt8] {
        var failure: ValkeyFailure?
        let bytes = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, count in
            count = 0
            while true {
                let received = recv(self.descriptor, buffer.baseAddress, buffer.count, 0)
                if received >= 0 {
                    count = received
                    return
                }
                do throws(ValkeyFailure) {
                    if errno == EAGAIN {
                        try Self.wait(self.descriptor, POLLIN, until: self.deadline)
                    } else if errno != EINTR {
                        throw .system("recv")
                    }
                } catch {
                    failure = error
                    return
                }
            }
        }
        if let failure { throw failure }
        return bytes
    }

    private static func connect(toSocket path: String) throws(ValkeyFailure) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let descriptor = socket(
            AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw .system("socket") }
        let result = withUnsafePointer(to: &address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else {
            let failure = ValkeyFailure.system("connect")
            close(descriptor)
            throw failure
        }
        return descriptor
    }

    /// Connects to the first address of a host that answers.
    private static func connect(
        to host: String, port: UInt16, until deadline: ContinuousClock.Instant
    ) throws(ValkeyFailure) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0, let list else { throw ValkeyFailure(String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(list) }
        var last = ValkeyFailure("the host has no address")
        var next: UnsafeMutablePointer<addrinfo>? = list
        while let address = next {
            next = address.pointee.ai_next
            let flags = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
            let descriptor = socket(address.pointee.ai_family, address.pointee.ai_socktype | flags, 0)
            guard descriptor >= 0 else { throw .system("socket") }
            do throws(ValkeyFailure) {
                try Self.connect(descriptor, to: address.pointee, until: deadline)
                return descriptor
            } catch {
                close(descriptor)
                last = error
            }
        }
        throw last
    }

    private static func connect(
        _ descriptor: Int32, to address: addrinfo, until deadline: ContinuousClock.Instant
    ) throws(ValkeyFailure) {
        if Glibc.connect(descriptor, address.ai_addr, address.ai_addrlen) != 0 {
            guard errno == EINPROGRESS else { throw .system("connect") }
            try Self.wait(descriptor, POLLOUT, until: deadline)
            var code: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
            guard code == 0 else { throw ValkeyFailure("connect: \(String(cString: strerror(code)))") }
        }
        var flag: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &flag, socklen_t(MemoryLayout<Int32>.size))
    }

    private static func wait(
        _ descriptor: Int32, _ events: Int32, until deadline: ContinuousClock.Instant
    ) throws(ValkeyFailure) {
        while true {
            let (seconds, fraction) = (deadline - .now).components
            let rest = seconds * 1_000 + fraction / 1_000_000_000_000_000
            guard rest > 0 else { throw ValkeyFailure("no answer in time") }
            var wanted = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            let result = poll(&wanted, 1, Int32(clamping: rest))
            if result > 0 { return }
            if result < 0, errno != EINTR { throw .system("poll") }
        }
    }
}
