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

    /// The time of the last change of content, name, owner or mode, which no program can set.
    private let changeTime: timespec

    /// Takes over an open descriptor with its status.
    init(descriptor: CInt, status: stat) {
        self.descriptor = FileDescriptor(rawValue: descriptor)
        self.size = Int64(status.st_size)
        self.modificationTime = Int64(status.st_mtim.tv_sec)
        self.modificationNanoseconds = Int64(status.st_mtim.tv_nsec)
        self.youngNanoseconds = Self.isYoung(status) ? self.modificationNanoseconds : nil
        self.changeTime = status.st_ctim
    }

    /// A change of a file since it was opened.
    package enum Change: Equatable {
        case none
        /// Its name, owner or mode has changed, or its content under a time that was set back to the same value.
        case attributes
        /// It is longer, and its time is not earlier: bytes were appended, as to a log, or it was overwritten.
        case longer
        /// Its content has changed.
        case content
        /// The system cannot say.
        case unknown(Errno)
    }

    /// Asks the system what has happened to the file since it was opened: one fstat(2).
    package var change: Change {
        var status = stat()
        guard fstat(self.descriptor.rawValue, &status) == 0 else { return .unknown(Errno(rawValue: errno)) }
        if status.st_ctim.tv_sec == self.changeTime.tv_sec, status.st_ctim.tv_nsec == self.changeTime.tv_nsec {
            return .none
        }
        let time = (Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec))
        let timeBefore = (self.modificationTime, self.modificationNanoseconds)
        if Int64(status.st_size) == self.size { return time == timeBefore ? .attributes : .content }
        return Int64(status.st_size) > self.size && time >= timeBefore ? .longer : .content
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
