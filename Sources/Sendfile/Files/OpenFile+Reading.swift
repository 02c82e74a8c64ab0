import CLinux
import Dispatch
import Glibc
import SystemPackage

extension OpenFile {
    /// The threads on which reads may wait for a disk.
    private static let readers = DispatchQueue(label: "Sendfile.readers", attributes: .concurrent)

    /// Reads all bytes of a range without occupying the calling thread while a disk is slow.
    func bytes(_ range: Range<Int64>) async throws -> [UInt8] {
        let cached = self.read(range, with: linux_read_cached).bytes
        guard cached.count < range.count else { return cached }
        // Either a disk has to be read, or the file system does not say, or the file has become shorter.
        let rest = range.lowerBound + Int64(cached.count)..<range.upperBound
        let read = await withCheckedContinuation { continuation in
            Self.readers.async { continuation.resume(returning: self.read(rest, with: pread)) }
        }
        if let errno = read.errno {
            throw SendfileError(.fileSystem, "the file cannot be read: \(errno)", underlying: errno)
        }
        guard read.bytes.count == rest.count else {
            throw SendfileError(
                .fileChanged,
                "the file became shorter while it was sent; \(rest.count - read.bytes.count) bytes are missing")
        }
        return cached.isEmpty ? read.bytes : cached + read.bytes
    }

    /// Reads until the end of the range, the end of the file or an error.
    private func read(
        _ range: Range<Int64>, with call: (CInt, UnsafeMutableRawPointer?, Int, off_t) -> Int
    ) -> (bytes: [UInt8], errno: Errno?) {
        var error: Errno?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
            while filled < range.count {
                let place = UnsafeMutableRawPointer(buffer.baseAddress! + filled)
                let count = call(
                    self.descriptor.rawValue, place, range.count - filled, off_t(range.lowerBound) + filled)
                if count < 0, errno == EINTR { continue }
                if count < 0 { error = Errno(rawValue: errno) }
                guard count > 0 else { break }
                filled += count
            }
        }
        return (bytes, error)
    }
}
