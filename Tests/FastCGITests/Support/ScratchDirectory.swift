import Glibc

/// Creates directories for single tests, which remove them.
enum ScratchDirectory {
    /// Makes an empty directory and returns its path.
    static func make() -> String {
        var template = Array("/tmp/fastcgi-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "mkdtemp: errno \(errno)")
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Sets a modification time in the past, because a file that was just modified is always streamed.
    static func makeOld(_ path: String) {
        let time = timespec(tv_sec: 1_600_000_000, tv_nsec: 0)
        precondition(utimensat(AT_FDCWD, path, [time, time], 0) == 0, "utimensat \(path): errno \(errno)")
    }
}
