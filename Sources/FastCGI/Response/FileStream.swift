import CLinux
import Glibc
import Sendfile
import SystemPackage

/// Writes FCGI_STDOUT records directly to a connection: file content with sendfile(2), other bytes with sendmsg(2).
///
/// The content that this type sends from a file does not pass through this process; ``FileTail`` reads only the last
/// bytes. A record's header is sent with `MSG_MORE`, so that it shares a segment with the content. The task that writes
/// the response owns this value. If the socket is full, writing stops and can continue later at the same position, even
/// within a record's header.
struct FileStream {
    enum Progress {
        case done
        /// The socket is full.
        case blocked
        /// Much has been written; other tasks may need the thread.
        case pause
    }

    enum Failure: Error, CustomStringConvertible {
        case disconnected(Int32)
        case fileIsShorter(Int64)
        case fileCannotBeRead(Int32)
        case fileChanged

        var description: String {
            switch self {
            case .disconnected(let code): "the web server closed the connection: errno \(code)"
            case .fileIsShorter(let missing): "the file became shorter while it was sent; \(missing) bytes are missing"
            case .fileCannotBeRead(let code): "the file cannot be read: \(Errno(rawValue: code))"
            case .fileChanged: "the file was overwritten while it was sent"
            }
        }
    }

    /// The most bytes that one call writes before it pauses.
    private static let portion: Int64 = 4 << 20

    let descriptor: Int32
    let requestID: UInt16
    /// The number of content bytes written so far.
    private(set) var written: Int64 = 0
    /// The bytes of the current record's header that are not sent yet.
    private var header: ArraySlice<UInt8> = []
    /// How many bytes of the current record's content are not sent yet.
    private var contentLeft = 0

    init(descriptor: Int32, requestID: UInt16) {
        self.descriptor = descriptor
        self.requestID = requestID
    }

    private mutating func beginRecord(contentLength: Int64) {
        self.contentLeft = Int(min(contentLength, Int64(RecordHeader.largestContent)))
        self.header =
            RecordHeader(.standardOutput, requestID: self.requestID, contentLength: self.contentLeft).bytes[...]
    }

    private mutating func sendHeader() throws(Failure) -> Bool {
        while !self.header.isEmpty {
            let count = self.header.withUnsafeBytes {
                send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL | MSG_MORE))
            }
            if count > 0 {
                self.header = self.header.dropFirst(count)
            } else if errno == EAGAIN {
                return false
            } else if errno != EINTR {
                throw .disconnected(errno)
            }
        }
        return true
    }

    /// Writes bytes of a file, from `range.lowerBound` on, and advances that bound.
    mutating func write(_ range: inout Range<Int64>, of file: OpenFile) throws(Failure) -> Progress {
        let stop = range.lowerBound + Self.portion
        while true {
            if self.header.isEmpty, self.contentLeft == 0 {
                guard !range.isEmpty else { return .done }
                guard range.lowerBound < stop else { return .pause }
                self.beginRecord(contentLength: Int64(range.count))
            }
            guard try self.sendHeader() else { return .blocked }
            var offset = off_t(range.lowerBound)
            let count = sendfile(self.descriptor, file.descriptor.rawValue, &offset, self.contentLeft)
            if count > 0 {
                self.contentLeft -= count
                self.written += Int64(count)
                range = range.lowerBound + Int64(count)..<range.upperBound
            } else if count == 0 {
                throw .fileIsShorter(Int64(range.count))
            } else {
                switch errno {
                case EAGAIN: return .blocked
                case EINTR: continue
                case EPIPE, ECONNRESET, ECONNABORTED, ETIMEDOUT, ENETDOWN, ENETUNREACH, EHOSTUNREACH:
                    throw .disconnected(errno)
                // Every other error is the file's, for example ESTALE (NFS) or ENOTCONN (FUSE).
                default: throw .fileCannotBeRead(errno)
                }
            }
        }
    }

    /// Writes bytes from the front of `bytes`, and removes them.
    mutating func write(_ bytes: inout ArraySlice<UInt8>) throws(Failure) -> Progress {
        while true {
            if self.header.isEmpty, self.contentLeft == 0 {
                guard !bytes.isEmpty else { return .done }
                self.beginRecord(contentLength: Int64(bytes.count))
            }
            let header = self.header.count
            let count = self.header.withUnsafeBytes { header in
                bytes.prefix(self.contentLeft).withUnsafeBytes { content in
                    var parts = [
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: header.baseAddress), iov_len: header.count),
                        iovec(iov_base: UnsafeMutableRawPointer(mutating: content.baseAddress), iov_len: content.count),
                    ]
                    return parts.withUnsafeMutableBufferPointer { parts in
                        var message = msghdr()
                        message.msg_iov = parts.baseAddress
                        message.msg_iovlen = parts.count
                        return sendmsg(self.descriptor, &message, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
                    }
                }
            }
            if count >= 0 {
                self.header = self.header.dropFirst(count)
                let content = max(0, count - header)
                self.contentLeft -= content
                self.written += Int64(content)
                bytes = bytes.dropFirst(content)
            } else if errno == EAGAIN {
                return .blocked
            } else if errno != EINTR {
                throw .disconnected(errno)
            }
        }
    }
}
