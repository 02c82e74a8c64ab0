import CLinux
import Glibc
public import SystemPackage

/// A regular file that is open for reading, and what was seen when it was opened.
///
/// What was checked is what is described and sent: size and time come from the descriptor, not from the name. The descriptor
/// belongs to this object, which closes it; whoever uses ``descriptor`` keeps the object alive meanwhile.
public final class OpenFile: Sendable {
    /// The open descriptor. Its file offset is not used: read at explicit offsets.
    public let descriptor: FileDescriptor

    /// The size in bytes when the file was opened.
    public let size: Int64

    /// The time of the last change of content, in whole seconds since 1970.
    public let modificationTime: Int64

    /// The nanoseconds of that time. They are 0, too, where a program has set the time in whole seconds.
    let modificationNanoseconds: Int64

    /// The same, if the file was young when it was opened: another version of the same size may follow within the
    /// same second. `nil` for an older file, whose second is over.
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

    /// How long a file is young, in seconds: its second has to be over, and file systems' clocks lag a tick behind.
    private static let youth = 2

    /// How far a file server's clock may be ahead of ours, in seconds. A time that lies further ahead was set by hand, and says nothing
    /// about when the file was written.
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
