import CLinux
import Glibc
public import SystemPackage

/// A regular file that is open for reading, with its status when it was opened.
///
/// The response describes and sends the file that was checked: size and time come from the descriptor, not from the
/// name. This object owns the descriptor and closes it; a user of ``descriptor`` must keep the object alive.
public final class OpenFile: Sendable {
    /// The open descriptor. Do not use its file offset: read at explicit offsets.
    public let descriptor: FileDescriptor

    /// The size in bytes when the file was opened.
    public let size: Int64

    /// The time of the last change of content, in whole seconds since 1970.
    public let modificationTime: Int64

    /// The nanoseconds of that time. They are also 0 if a program has set the time in whole seconds.
    let modificationNanoseconds: Int64

    /// The nanoseconds, if the file was just modified when it was opened: another version of the same size may follow
    /// within the same second. `nil` for an older file.
    package let youngNanoseconds: Int64?

    /// Takes over an open descriptor.
    package init(descriptor: FileDescriptor, size: Int64, modificationTime: Int64, youngNanoseconds: Int64? = nil) {
        self.descriptor = descriptor
        self.size = size
        self.modificationTime = modificationTime
        self.modificationNanoseconds = youngNanoseconds ?? 0
        self.youngNanoseconds = youngNanoseconds
    }

    /// Takes over an open descriptor with its status.
    init(descriptor: CInt, status: stat) {
        self.descriptor = FileDescriptor(rawValue: descriptor)
        self.size = Int64(status.st_size)
        self.modificationTime = Int64(status.st_mtim.tv_sec)
        self.modificationNanoseconds = Int64(status.st_mtim.tv_nsec)
        self.youngNanoseconds = Self.isYoung(status) ? self.modificationNanoseconds : nil
    }

    /// The age in seconds up to which a file counts as just modified: its second must be over, and file systems' clocks
    /// lag by a tick.
    private static let youth = 2

    /// The tolerance for a file server's clock that is ahead, in seconds. A time further in the future was set
    /// explicitly and does not tell when the file was written.
    private static let tolerance = 60

    private static func isYoung(_ status: stat) -> Bool {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME_COARSE, &now)
        let age = now.tv_sec - status.st_mtim.tv_sec
        return age < Self.youth && age > -Self.tolerance
    }

    deinit {
        try? self.descriptor.close()
    }
}
