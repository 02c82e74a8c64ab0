import CLinux
import Glibc
import SystemPackage

/// The end of a log file: the lines written since this value was made.
struct ErrorLogTail: Sendable {
    let path: String
    private let start: Int

    /// - Returns: `nil` if this user cannot read the file.
    init?(_ path: String) {
        var status = stat()
        guard access(path, R_OK) == 0, stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.path = path
        self.start = status.st_size
    }

    /// The faults that ended a server's start: the last lines of its log with such a level, if it was written in the last ten minutes.
    static func fatalLines(of path: String) -> [String] {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mtim.tv_sec > time(nil) - 600 else { return [] }
        let lines = Self(path, from: max(0, status.st_size - 65_536))?.lines() ?? []
        return lines.filter { line in ["emerg]", "crit]", "alert]"].contains { line.contains($0) } }.suffix(3)
    }

    private init?(_ path: String, from start: Int) {
        guard let tail = ErrorLogTail(path) else { return nil }
        (self.path, self.start) = (tail.path, start)
    }

    /// The last lines written since, without the queries of URLs: they may contain a link's signature.
    func lines() -> [String] {
        guard let file = try? FileDescriptor.open(FilePath(self.path), .readOnly, options: [.closeOnExec]) else {
            return []
        }
        defer { try? file.close() }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = try? bytes.withUnsafeMutableBytes {
            try file.read(fromAbsoluteOffset: Int64(self.start), into: .init(rebasing: $0[...]))
        }
        let text = String(decoding: bytes[..<(count ?? 0)], as: UTF8.self)
        return text.split(whereSeparator: \.isNewline).suffix(20).map { Self.withoutQueries(String($0)) }
    }

    /// Replaces everything from a question mark to the end of the word.
    static func withoutQueries(_ line: String) -> String {
        // Scalars, because a question mark and an accent behind it are one `Character`.
        var result = String.UnicodeScalarView()
        var isQuery = false
        for scalar in line.unicodeScalars {
            if isQuery, scalar == " " || scalar == "\"" || scalar == "," || scalar == "'" { isQuery = false }
            if !isQuery { result.append(scalar) }
            if scalar == "?", !isQuery {
                isQuery = true
                result.append("…")
            }
        }
        return String(result)
    }
}
