import CLinux
import Glibc
import SystemPackage

/// A file that is made beside the one that is checked, with its owner and mode, and removed again.
struct TestFile {
    let name: String
    let size: Int
    let descriptor: FileDescriptor
    private let path: String

    /// Makes it.
    ///
    /// - Parameters:
    ///   - name: Its name.
    ///   - file: The file whose neighbour it becomes.
    ///   - size: Its size in bytes; what is beyond its name is a hole.
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
                .unwritable, "\(file.directory) takes no test files: \(error)")
        }
        do {
            _ = try self.descriptor.writeAll(content)
            try self.descriptor.resize(to: Int64(self.size))
        } catch {
            self.remove()
            throw CheckFailure(.unwritable, "\(self.path) cannot be written: \(error)")
        }
        // Only root may give files away; others make files that they own, as the one beside is likely to be.
        _ = fchown(self.descriptor.rawValue, file.owner, file.group)
        _ = fchmod(self.descriptor.rawValue, file.mode)
        // A file that was changed just now is always streamed.
        let time = timespec(tv_sec: Glibc.time(nil) - 60, tv_nsec: 0)
        _ = futimens(self.descriptor.rawValue, [time, time])
    }

    func remove() {
        unlink(self.path)
        try? self.descriptor.close()
    }
}
