import CLinux
import Glibc

/// What libfcgi reads a request from: a pipe, or a file in memory where it does not fit into one.
///
/// Belongs to one ``Worker``. Nothing of one request may ever be read with the next, which may be another client's: what has been
/// put in is read to its end, and where that is not certain, the pipe is not used again.
final class RequestSource {
    private struct Pipe {
        let output: Int32
        let input: Int32
        let capacity: Int

        /// `nil` if the process has no descriptors left. Neither end ever waits.
        init?() {
            var ends: (Int32, Int32) = (-1, -1)
            let made = withUnsafeMutableBytes(of: &ends) {
                linux_pipe($0.baseAddress!.assumingMemoryBound(to: Int32.self))
            }
            guard made == 0 else { return nil }
            (self.output, self.input) = ends
            self.capacity = Int(linux_pipe_capacity(self.input))
        }

        func close(outputIsOpen: Bool = true) {
            if outputIsOpen { Glibc.close(self.output) }
            Glibc.close(self.input)
        }
    }

    private var pipe = Pipe()
    /// Made at the start, as the pipe is: when it is needed, the process may have no descriptor left.
    private var memory = RequestSource.makeMemoryFile()
    private var memoryEnd = 0
    /// How many bytes the file may hold before it is emptied.
    private static let memoryLimit = 256 << 10

    private static func makeMemoryFile() -> Int32 { memfd_create("fastcgi-request", linux_mfd_cloexec) }

    deinit {
        self.pipe?.close()
        if self.memory >= 0 { Glibc.close(self.memory) }
    }

    /// Puts `bytes` where they can be read, and nothing else. Returns the descriptor, or -1 with errno.
    func descriptor(holding bytes: UnsafeRawBufferPointer) -> Int32 {
        if self.pipe == nil { self.pipe = Pipe() }
        if let pipe, bytes.count <= pipe.capacity {
            let isEmpty = linux_readable_bytes(pipe.output) == 0
            if isEmpty, write(pipe.input, bytes.baseAddress, bytes.count) == bytes.count { return pipe.output }
            pipe.close()
            self.pipe = nil
        }
        return self.memoryFile(holding: bytes)
    }

    /// They go behind what is in the file already: to cut it off costs as much as all the rest, and is done now and then.
    private func memoryFile(holding bytes: UnsafeRawBufferPointer) -> Int32 {
        if self.memory < 0 { self.memory = Self.makeMemoryFile() }
        if self.memoryEnd > Self.memoryLimit, ftruncate(self.memory, 0) == 0 { self.memoryEnd = 0 }
        guard self.memory >= 0, pwrite(self.memory, bytes.baseAddress, bytes.count, self.memoryEnd) == bytes.count,
            lseek(self.memory, self.memoryEnd, SEEK_SET) == self.memoryEnd
        else {
            let code = errno
            // Half of them would be read with the next.
            if self.memory >= 0 { Glibc.close(self.memory) }
            self.forgetMemoryFile()
            errno = code
            return -1
        }
        self.memoryEnd += bytes.count
        return self.memory
    }

    /// Says that libfcgi has closed `descriptor`, as it does when it cannot read a request.
    func wasClosed(_ descriptor: Int32) {
        if let pipe, pipe.output == descriptor {
            pipe.close(outputIsOpen: false)
            self.pipe = nil
        } else if descriptor == self.memory {
            self.forgetMemoryFile()
        }
    }

    private func forgetMemoryFile() {
        self.memory = -1
        self.memoryEnd = 0
    }
}
