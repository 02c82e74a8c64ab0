import CLinux
import Glibc

/// What libfcgi reads a request from: a file in memory, at whose very end the request stands.
///
/// So there is nothing behind a request, and a read past it is the end of file: nothing of one request can ever be read with another,
/// which may be another client's. A request costs one lseek(2), because its bytes are put into the file where it is mapped.
///
/// Belongs to one ``Worker``: only its thread touches the descriptor, its position and the mapped memory, and a pointer into that
/// never leaves ``descriptor(holding:)``.
final class RequestSource {
    private struct File {
        let descriptor: Int32
        let bytes: UnsafeMutableRawBufferPointer

        /// `nil`, with errno, if the process has no descriptor or no memory left.
        init?(size: Int) {
            self.descriptor = memfd_create("fastcgi-request", linux_mfd_cloexec)
            guard self.descriptor >= 0 else { return nil }
            let isSized = ftruncate(self.descriptor, size) == 0
            let start = isSized ? mmap(nil, size, PROT_READ | PROT_WRITE, MAP_SHARED, self.descriptor, 0) : MAP_FAILED
            guard let start, start != MAP_FAILED else {
                let code = errno
                Glibc.close(self.descriptor)
                errno = code
                return nil
            }
            self.bytes = UnsafeMutableRawBufferPointer(start: start, count: size)
        }

        func close(descriptorIsOpen: Bool = true) {
            munmap(self.bytes.baseAddress, self.bytes.count)
            if descriptorIsOpen { Glibc.close(self.descriptor) }
        }
    }

    /// The most bytes that a request can have: as many as a worker takes from a connection at once.
    static let capacity = Worker.bufferSize

    /// Made at the start: when it is needed, the process may have no descriptor left.
    private var file = File(size: capacity)

    deinit { self.file?.close() }

    /// Puts bytes where libfcgi can read them, and nothing else. Returns the descriptor, or -1 with errno.
    ///
    /// - Parameters:
    ///   - head: what is read first.
    ///   - rest: what follows it.
    func descriptor(holding head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer) -> Int32 {
        if self.file == nil { self.file = File(size: Self.capacity) }
        guard let file else { return -1 }
        let start = file.bytes.count - head.count - rest.count
        guard start >= 0 else {
            errno = EMSGSIZE
            return -1
        }
        guard lseek(file.descriptor, start, SEEK_SET) == start else { return -1 }
        UnsafeMutableRawBufferPointer(rebasing: file.bytes[start...]).copyMemory(from: head)
        UnsafeMutableRawBufferPointer(rebasing: file.bytes[(start + head.count)...]).copyMemory(from: rest)
        return file.descriptor
    }

    /// Says that libfcgi has closed the descriptor, as it does when it cannot read a request.
    func wasClosed() {
        self.file?.close(descriptorIsOpen: false)
        self.file = nil
    }
}
