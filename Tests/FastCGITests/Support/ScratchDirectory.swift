import Glibc

/// New directories for single tests, which remove them themselves.
enum ScratchDirectory {
    /// Makes an empty directory and returns its path.
    static func make() -> String {
        var template = Array("/tmp/fastcgi-test-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "mkdtemp: errno \(errno)")
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
