import CLinux
import Glibc
import SystemPackage

/// A temporary file beside the checked one, with the same owner and mode.
struct TestFile {
    let name: String
    let size: Int
    let descriptor: FileDescriptor
    private let path: String

    /// Creates the file.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - file: The checked file, in the same directory.
    ///   - size: Its size in bytes; the part after the initial text is a hole.
    init(_ name: String, beside file: CheckedFile, size: Int? = nil) throws {
        self.name = name
        self.path = "\(file.directory)/\(name)"
        let content = Array("This file is named \(name) and may be deleted.\n".utf8)
        self.size = max(size ?? 0, content.count)
        do {
            self.descriptor = try FileDescriptor.open(
                FilePath(self.path), .readWrite, options: [.create, .exclusiveCreate, .closeOnExec],
                permissions: .ownerReadWrite)
        } catch let error as Errno {
            throw CheckFailure(
                .unwritable, "\(file.directory) does not accept test files: \(error)")
        }
        do {
            _ = try self.descriptor.writeAll(content)
            try self.descriptor.resize(to: Int64(self.size))
        } catch {
            self.remove()
            throw CheckFailure(.unwritable, "\(self.path) cannot be written: \(error)")
        }
        // Only root may change the owner. For other users the file remains theirs, as the checked file probably is.
        _ = fchown(self.descriptor.rawValue, file.owner, file.group)
        _ = fchmod(self.descriptor.rawValue, file.mode)
        // Set an older time, because a file modified just now is always streamed.
        let time = timespec(tv_sec: Glibc.time(nil) - 60, tv_nsec: 0)
        _ = futimens(self.descriptor.rawValue, [time, time])
    }

    func remove() {
        unlink(self.path)
        try? self.descriptor.close()
    }
}
