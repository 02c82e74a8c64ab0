import Glibc
package import Sendfile
import SystemPackage

/// The last bytes of a file's response, read into memory: they go out together with the records that end the request.
package struct FileTail: Sendable {
    /// The parts that are sent before.
    package let partsBefore: [FileBody.Part]
    package let bytes: [UInt8]
    /// The tail is the whole body.
    let isAll: Bool

    /// How much of a long body goes out through libfcgi, in one write with the records that end the request. A web server that has
    /// all bytes of a body may close, and must not find that more was to come.
    static let length = 4096

    /// Reads the tail of `body`: all of it, if it fits into one write with a head of `headLength` bytes, or up to ``length`` bytes.
    init(of body: FileBody, after headLength: Int) throws {
        var parts = body.parts
        guard case .file(let range)? = parts.popLast() else {
            self.partsBefore = body.parts
            self.bytes = []
            self.isAll = false
            return
        }
        self.isAll = parts.isEmpty && headLength + range.count <= LibraryRequest.largestSingleWrite
        let start = range.upperBound - Int64(self.isAll ? range.count : min(range.count, Self.length))
        self.partsBefore = parts + [.file(range.lowerBound..<start)]
        self.bytes = try Self.read(start..<range.upperBound, of: body.file)
    }

    /// Reads a part of a file into memory.
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
