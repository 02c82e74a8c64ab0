import CLinux
import Glibc
import Sendfile
import SystemPackage

/// A log that is read line by line, and followed while it grows and is rotated.
final class LogFile {
    /// The path; `-` is standard input.
    let path: String
    private var reader: LogReader
    /// The file that had the path before, whose writer may still add lines.
    private var former: (reader: LogReader, quietSince: Double)?
    private let complain: (String) -> Void
    private var firstComplaints = 5

    /// The number of lines that were skipped because they are not valid.
    private(set) var skipped = 0
    /// The next line, read in advance to compare the times of several logs.
    private var peeked: LogLine?

    /// The seconds for which the former file is read after its last line: web servers are told after the rotation to use the new one.
    private static let formerTime = 60.0

    /// Opens a file.
    ///
    /// - Parameter complain: Gets a message about each of the first invalid lines.
    init(_ path: String, complain: @escaping (String) -> Void) throws(GateError) {
        self.path = path
        self.complain = complain
        self.reader = LogReader(try Self.open(path))
    }

    deinit {
        if self.path != "-" { try? self.reader.descriptor.close() }
        try? self.former?.reader.descriptor.close()
    }

    private static func open(_ path: String) throws(GateError) -> FileDescriptor {
        if path == "-" { return .standardInput }
        let descriptor = linux_open(path, O_RDONLY | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw GateError(reading: "the log", path, Errno(rawValue: errno)) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT != S_IFDIR else {
            Glibc.close(descriptor)
            throw GateError(reading: "the log", path, .isDirectory)
        }
        return FileDescriptor(rawValue: descriptor)
    }

    /// Whether the file can be followed: it is a regular file with a name.
    var canBeFollowed: Bool {
        var status = stat()
        return self.path != "-" && fstat(self.reader.descriptor.rawValue, &status) == 0
            && status.st_mode & S_IFMT == S_IFREG
    }

    /// The time of the next line; `nil` at the end.
    ///
    /// - Parameter takesRest: Whether a last line without an end counts.
    func nextTime(takesRest: Bool) throws(GateError) -> Double? {
        while self.peeked == nil {
            guard let line = try self.nextLine(takesRest: takesRest) else { return nil }
            if line.time != nil { self.peeked = line }
        }
        return self.peeked?.time
    }

    /// Takes the line whose time was asked for.
    func take() -> LogLine? {
        defer { self.peeked = nil }
        return self.peeked
    }

    /// The next valid line; `nil` at the end.
    private func nextLine(takesRest: Bool) throws(GateError) -> LogLine? {
        while let line = try self.nextText(takesRest: takesRest) {
            switch line {
            case .tooLong: self.skip("it has more than \(LogReader.maximumLength) bytes", [])
            case .complete(let bytes):
                if bytes.allSatisfy({ $0 == 0x20 || $0 == 0x0D || $0 == 0x09 }) { continue }
                do throws(LogLine.Malformed) { return try LogLine(bytes) } catch {
                    self.skip(error.description, bytes)
                }
            }
        }
        return nil
    }

    private func nextText(takesRest: Bool) throws(GateError) -> LogReader.Line? {
        do throws(Errno) {
            if let line = try self.former?.reader.next() {
                self.former?.quietSince = LogTime.now
                return line
            }
            if let line = try self.reader.next() {
                if self.reader.count == 1 { try self.refuseCompressed(line) }
                return line
            }
        } catch {
            throw GateError(reading: "the log", self.path, error)
        }
        if self.reader.isCompressed { throw self.compressed }
        guard takesRest else { return nil }
        let rest = self.reader.takeRest()
        return rest.isEmpty ? nil : .complete(rest)
    }

    private func refuseCompressed(_ line: LogReader.Line) throws(Errno) {
        if case .complete(let bytes) = line, bytes.starts(with: [0x1F, 0x8B]) { throw .invalidArgument }
    }

    private var compressed: GateError {
        GateError(
            .noInput,
            "the log is \"\(self.path.printable)\", which is compressed: pass it as zcat FILE | sendfile-gate downloads - OTHER…"
        )
    }

    private func skip(_ reason: String, _ bytes: ArraySlice<UInt8>) {
        self.skipped += 1
        guard self.firstComplaints > 0 else { return }
        self.firstComplaints -= 1
        let excerpt = String(decoding: bytes.prefix(80), as: UTF8.self).printable
        self.complain(
            "\(self.path.printable):\(self.reader.count): the line is skipped: \(reason)\(excerpt.isEmpty ? "" : ": \(excerpt)")"
        )
    }

    /// Looks whether the file was rotated or truncated. Call it at the end of the file.
    func follow() {
        var (named, opened) = (stat(), stat())
        if let former, former.quietSince + Self.formerTime < LogTime.now {
            try? former.reader.descriptor.close()
            self.former = nil
        }
        guard stat(self.path, &named) == 0, fstat(self.reader.descriptor.rawValue, &opened) == 0 else { return }
        if named.st_ino == opened.st_ino, named.st_dev == opened.st_dev {
            if opened.st_size < self.reader.offset { self.reader.rewind() }
            return
        }
        // A file that cannot be opened now is tried again.
        guard self.former == nil, let descriptor = try? Self.open(self.path) else { return }
        self.former = (self.reader, LogTime.now)
        self.reader = LogReader(descriptor)
    }
}
