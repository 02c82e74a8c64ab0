import Glibc

/// A connected stream socket with a time limit for every wait.
final class Socket: Sendable {
    let descriptor: Int32

    /// The time limit in seconds. It is generous, because a sanitizer's build on a busy machine is slow.
    static let patience = 60

    /// Takes over an open descriptor.
    init(adopting descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: Self.patience, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    }

    deinit { close(self.descriptor) }

    static func connected(to address: Address, in network: Network = .own) throws -> Socket {
        let socket = Socket(adopting: try network.run { try address.makeSocket() })
        let result = address.withPointer { Glibc.connect(socket.descriptor, $0, $1) }
        guard result == 0 else { throw Failure.system("connect to \(address)") }
        return socket
    }

    func send(_ bytes: some Sequence<UInt8>) throws {
        guard try self.sendUnlessClosed(bytes) else { throw Failure("the peer closed the connection: send") }
    }

    /// Sends bytes, or returns false when the peer has closed the connection.
    @discardableResult func sendUnlessClosed(_ bytes: some Sequence<UInt8>) throws -> Bool {
        let bytes = Array(bytes)
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(self.descriptor, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE || errno == ECONNRESET { return false }
                throw Failure.system("send")
            }
            sent += count
        }
        return true
    }

    /// The next bytes; empty at the end of the stream, and after a reset: a server that has refused a body closes with
    /// bytes unread, and the kernel resets the connection. Lengths and framing of the response show what is missing.
    func receive(atMost limit: Int = 65_536) throws -> [UInt8] {
        while true {
            var count = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
                count = recv(self.descriptor, buffer.baseAddress, limit, 0)
                filled = max(0, count)
            }
            if count >= 0 { return bytes }
            if errno == ECONNRESET { return [] }
            if errno != EINTR { throw Failure.system("receive") }
        }
    }

    /// Shuts down the sending side.
    func finishSending() { shutdown(self.descriptor, Int32(SHUT_WR)) }
}
