import Glibc
import SystemPackage

/// Reads the lines of an open file with bounded memory.
struct LogReader {
    /// A longer line is skipped.
    static let maximumLength = 64 << 10
    private static let chunk = 64 << 10

    /// The next line, and what is wrong with it.
    enum Line {
        case complete(ArraySlice<UInt8>)
        case tooLong
    }

    let descriptor: FileDescriptor
    private var buffer: [UInt8] = []
    private var start = 0
    private var searched = 0
    private var isSkipping = false
    /// The number of lines that were read.
    private(set) var count = 0
    /// The number of bytes that were read.
    private(set) var offset: Int64 = 0

    init(_ descriptor: FileDescriptor) {
        self.descriptor = descriptor
    }

    /// Whether the first bytes are those of a compressed file.
    var isCompressed: Bool { self.offset >= 2 && self.count == 0 && self.buffer.starts(with: [0x1F, 0x8B]) }

    /// The next line without its end; `nil` at the end of what the file has.
    mutating func next() throws(Errno) -> Line? {
        while true {
            if let end = self.buffer[self.searched...].firstIndex(of: UInt8(ascii: "\n")) {
                let line = self.buffer[self.start..<end]
                (self.start, self.searched) = (end + 1, end + 1)
                self.count += 1
                defer { self.isSkipping = false }
                return self.isSkipping || line.count > Self.maximumLength ? .tooLong : .complete(line)
            }
            if self.buffer.count - self.start > Self.maximumLength {
                self.isSkipping = true
                self.start = self.buffer.count
            }
            self.buffer.removeFirst(self.start)
            self.start = 0
            self.searched = self.buffer.count
            guard try self.read() else { return nil }
        }
    }

    /// The rest of the file, which has no line end.
    mutating func takeRest() -> ArraySlice<UInt8> {
        let rest = self.isSkipping ? [] : self.buffer[self.start...]
        self.buffer = []
        (self.start, self.searched) = (0, 0)
        if !rest.isEmpty { self.count += 1 }
        return rest
    }

    /// Begins again at the start of a file that was truncated.
    mutating func rewind() {
        self = LogReader(self.descriptor)
        lseek(self.descriptor.rawValue, 0, SEEK_SET)
    }

    /// Reads more bytes. False at the end of the file.
    private mutating func read() throws(Errno) -> Bool {
        let descriptor = self.descriptor.rawValue
        var failure: Errno?
        let bytes = [UInt8](unsafeUninitializedCapacity: Self.chunk) { buffer, count in
            var result = Glibc.read(descriptor, buffer.baseAddress, Self.chunk)
            while result < 0, errno == EINTR { result = Glibc.read(descriptor, buffer.baseAddress, Self.chunk) }
            if result < 0 { failure = Errno(rawValue: errno) }
            count = max(0, result)
        }
        if let failure { throw failure }
        self.buffer += bytes
        self.offset += Int64(bytes.count)
        return !bytes.isEmpty
    }
}
