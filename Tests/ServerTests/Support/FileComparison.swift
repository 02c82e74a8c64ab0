import Glibc

/// Compares bytes that arrive in chunks with a file, without keeping either in memory.
final class FileComparison {
    private(set) var length = 0
    private(set) var isEqual = true
    private let descriptor: Int32

    init(path: String) throws {
        self.descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard self.descriptor >= 0 else { throw Failure.system("open \(path)") }
    }

    deinit { close(self.descriptor) }

    func take(_ bytes: ArraySlice<UInt8>) throws {
        var expected = [UInt8](repeating: 0, count: bytes.count)
        let count = pread(self.descriptor, &expected, expected.count, self.length)
        let same = bytes.withUnsafeBytes { received in
            expected.withUnsafeBytes { memcmp(received.baseAddress!, $0.baseAddress!, received.count) == 0 }
        }
        if count != bytes.count || !same { self.isEqual = false }
        self.length += bytes.count
    }
}
