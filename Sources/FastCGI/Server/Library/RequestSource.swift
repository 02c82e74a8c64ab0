import CLinux
import Glibc

/// The file from which libfcgi reads a request: in memory, with the request at its very end.
///
/// A read past the request is the end of file, because no byte follows it. So a request can never be read together with
/// bytes of another one, which may be another client's. A request costs one lseek(2), because its bytes are copied into
/// the mapped file.
///
/// If the process may not create such a large file (`ulimit -f`, systemd's `LimitFSIZE=`), each request gets its own
/// pipe. That costs more and keeps the same rule.
///
/// It belongs to one ``Worker``. Only that thread touches the descriptor, its position and the mapped memory, and a pointer into the
/// memory never leaves ``descriptor(holding:_:)``.
final class RequestSource {
    private struct File {
        let descriptor: Int32
        let bytes: UnsafeMutableRawBufferPointer

        /// `nil`, with errno, if the process has no descriptor or no memory left, or may not create a file of this size.
        init?(size: Int) {
            // Check the limit first, because an ftruncate(2) beyond it ends the process by SIGXFSZ.
            var limit = rlimit()
            guard getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0, limit.rlim_cur >= size else {
                errno = EFBIG
                return nil
            }
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

    /// The largest request in bytes: as many as a worker takes from a connection at once.
    static let capacity = Worker.bufferSize

    private var file: File?
    /// The pipe from which the last request was read, if there was no file, or -1.
    private var pipe: Int32 = -1

    /// Creates the file now, because later the process may have no descriptor left.
    ///
    /// - Throws: An error if the process has none now.
    init() throws(SystemCallError) {
        self.file = File(size: Self.capacity)
        let code = errno
        if self.file == nil, code == EMFILE || code == ENFILE {
            throw SystemCallError(call: "memfd_create", code: code)
        }
    }

    deinit {
        self.file?.close()
        self.closePipe()
    }

    /// Puts bytes, and no others, where libfcgi can read them. Returns the descriptor, or -1 with errno.
    ///
    /// - Parameters:
    ///   - head: The bytes that are read first.
    ///   - rest: The bytes that follow.
    func descriptor(holding head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer) -> Int32 {
        self.closePipe()
        if self.file == nil { self.file = File(size: Self.capacity) }
        guard let file else { return self.makePipe(holding: head, rest) }
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

    /// Makes a pipe with the request in it. Its other end is closed, so a read past the request is the end of file here, too.
    private func makePipe(holding head: UnsafeRawBufferPointer, _ rest: UnsafeRawBufferPointer) -> Int32 {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC | O_NONBLOCK) == 0 else { return -1 }
        self.pipe = ends[0]
        defer { Glibc.close(ends[1]) }
        for part in [head, rest] where !part.isEmpty {
            guard write(ends[1], part.baseAddress, part.count) == part.count else {
                errno = EMSGSIZE
                return -1
            }
        }
        return self.pipe
    }

    private func closePipe() {
        guard self.pipe >= 0 else { return }
        Glibc.close(self.pipe)
        self.pipe = -1
    }

    /// Notes that libfcgi has closed the descriptor, as it does when it cannot read a request.
    func wasClosed() {
        guard self.pipe < 0 else {
            self.pipe = -1
            return
        }
        self.file?.close(descriptorIsOpen: false)
        self.file = nil
    }
}
