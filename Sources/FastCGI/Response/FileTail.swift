import Glibc
package import Sendfile
import SystemPackage

/// The last bytes of a file's response, read into memory: they go out together with the records that end the request.
///
/// They are sent only after everything else, and only if the file has not changed. If the file has changed, the response
/// stays incomplete, which the client notices.
package struct FileTail: Sendable {
    /// The parts that are sent before the tail.
    package let partsBefore: [FileBody.Part]
    package let bytes: [UInt8]
    /// Whether the tail is the whole body.
    let isAll: Bool
    /// The bytes of the file with which ``bytes`` begins; empty if it contains none.
    private let range: Range<Int64>

    /// The number of a long body's last bytes that libfcgi writes, in one write with the records that end the request.
    /// They are written together because a web server may close the connection as soon as it has the whole body.
    static let length = 4096

    /// Reads the tail of `body`: all of it, if it fits into one write with a head of `headLength` bytes, or up to ``length`` bytes.
    init(of body: FileBody, after headLength: Int) throws {
        var parts = body.parts
        // The delimiter that ends multipart/byteranges.
        var end: [UInt8] = []
        if parts.count > 1, case .bytes(let bytes)? = parts.last, bytes.count <= Self.length {
            end = bytes
            parts.removeLast()
        }
        guard case .file(let range)? = parts.popLast() else {
            self.partsBefore = body.parts
            self.bytes = []
            self.isAll = false
            self.range = 0..<0
            return
        }
        self.isAll =
            parts.isEmpty && end.isEmpty && headLength + range.count <= LibraryRequest.largestSingleWrite
        let start = range.upperBound - Int64(self.isAll ? range.count : min(range.count, Self.length - end.count))
        self.partsBefore = parts + [.file(range.lowerBound..<start)]
        self.range = start..<range.upperBound
        self.bytes = try Self.read(self.range, of: body.file) + end
    }

    /// Checks that the sent bytes belong to the version that was opened. Call it when everything but the tail has been
    /// sent.
    ///
    /// A body that fits into one write is read by one system call and is not checked.
    ///
    /// Appending to a file, as to a log, and a new name or mode do not change the bytes of the response. Size and times do not show
    /// whether the file was appended to or rewritten, so the tail is read again and compared.
    func check(_ file: OpenFile) throws {
        let change = file.change
        switch change {
        case .none: return
        case .attributes, .longer:
            // A longer file without a tail to compare counts as changed.
            guard change == .attributes || !self.range.isEmpty,
                self.bytes.starts(with: try Self.read(self.range, of: file))
            else { throw FileStream.Failure.fileChanged }
        case .content: throw FileStream.Failure.fileChanged
        case .unknown(let code): throw FileStream.Failure.fileCannotBeRead(code.rawValue)
        }
    }

    /// Reads a range of a file into memory.
    package static func read(_ range: Range<Int64>, of file: OpenFile) throws -> [UInt8] {
        var filled = 0
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while filled < range.count {
                let read = pread(
                    file.descriptor.rawValue, buffer.baseAddress! + filled, range.count - filled,
                    off_t(range.lowerBound) + filled)
                if read < 0, errno == EINTR { continue }
                if read < 0 { code = errno }
                guard read > 0 else { break }
                filled += read
            }
            count = filled
        }
        guard code == 0 else { throw FileStream.Failure.fileCannotBeRead(code) }
        guard filled == range.count else { throw FileStream.Failure.fileIsShorter(Int64(range.count - filled)) }
        return bytes
    }
}
