import CLinux
import Glibc

/// The file in which the kernel says whether a thread runs or waits: `stat` of proc(5), opened by that thread.
///
/// It stays open as long as the thread works. If each look opened it, a look could take the last free descriptor from a connection, and a
/// program without a free descriptor could not look.
struct ThreadStatus: ~Copyable {
    /// -1 if the file cannot be opened, for example without /proc.
    let descriptor: Int32

    /// Opens the file of the calling thread.
    init() {
        self.descriptor = linux_open("/proc/thread-self/stat", O_RDONLY | O_CLOEXEC, 0)
    }

    deinit {
        if self.descriptor >= 0 { close(self.descriptor) }
    }

    /// Whether the thread waits: any state but running. True if that is unknown. Any thread may call it.
    static func isWaiting(_ descriptor: Int32) -> Bool {
        withUnsafeTemporaryAllocation(byteCount: 128, alignment: 1) { buffer in
            // At the beginning of the file, the kernel writes its content anew.
            let count = pread(descriptor, buffer.baseAddress, buffer.count, 0)
            // The number, the name in parentheses, which may contain some itself, and the state.
            guard count > 0, let name = buffer[..<count].lastIndex(of: UInt8(ascii: ")")), name + 2 < count else {
                return true
            }
            return buffer[name + 2] != UInt8(ascii: "R")
        }
    }
}
