import Glibc

/// What the kernel counts for a process.
struct ProcessStatistics {
    let pid: pid_t

    /// The most memory that it ever had in use, in bytes (`VmHWM`).
    var peakMemory: Int { get throws { try self.number("VmHWM:", in: "status") * 1024 } }

    /// How many bytes it has handed to write(2), sendfile(2) and their kind (`wchar`), whatever they were written to.
    var bytesWritten: Int { get throws { try self.number("wchar:", in: "io") } }

    private func number(_ name: String, in file: String) throws -> Int {
        let path = "/proc/\(self.pid)/\(file)"
        for line in try Files.text(path).split(separator: "\n") where line.hasPrefix(name) {
            let words = line.split { $0 == " " || $0 == "\t" }
            if words.count > 1, let number = Int(words[1]) { return number }
        }
        throw Failure("no \(name) in \(path)")
    }
}
