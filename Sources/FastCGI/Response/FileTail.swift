import Glibc
import Sendfile
import SystemPackage

/// The last bytes of a file's response, read into memory to be sent together with the records that end the request.
struct FileTail {
    /// The parts that are sent before the tail.
    let partsBefore: [FileBody.Part]
    let bytes: [UInt8]
    /// Whether the tail is the whole body.
    let isAll: Bool

    /// Reads the tail of `body`: all of it, if it fits into one write with a header of `headLength` bytes, or up to
    /// `limit` bytes.
    init(of body: FileBody, after headLength: Int, atMost limit: Int) throws(FileStream.Failure) {
        var parts = body.parts
        guard case .file(let range)? = parts.popLast() else {
            self.partsBefore = body.parts
            self.bytes = []
            self.isAll = false
            return
        }
        self.isAll = parts.isEmpty && headLength + range.count <= LibraryRequest.largestSingleWrite
        let start = range.upperBound - Int64(self.isAll ? range.count : min(range.count, limit))
        self.partsBefore = parts + [.file(range.lowerBound..<start)]
        self.bytes = try Self.read(start..<range.upperBound, of: body.file)
    }

    static func read(_ range: Range<Int64>, of file: OpenFile) throws(FileStream.Failure) -> [UInt8] {
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
        guard code == 0 else { throw .fileCannotBeRead(code) }
        guard filled == range.count else { throw .fileIsShorter(Int64(range.count - filled)) }
        return bytes
    }
}
