import Glibc

/// The kernel's counters of a process.
struct ProcessStatistics {
    let pid: pid_t

    /// The peak resident memory in bytes (`VmHWM`).
    var peakMemory: Int { get throws { try self.number("VmHWM:", in: "status") * 1024 } }

    /// The current resident memory in bytes (`VmRSS`).
    var memory: Int { get throws { try self.number("VmRSS:", in: "status") * 1024 } }

    /// The resident memory without pages of programs and libraries, in bytes (`RssAnon`).
    var privateMemory: Int { get throws { try self.number("RssAnon:", in: "status") * 1024 } }

    /// The number of threads.
    var threads: Int { get throws { try self.number("Threads:", in: "status") } }

    /// The names of its threads, sorted.
    var threadNames: [String] {
        get throws {
            try Files.names(in: "/proc/\(self.pid)/task").map { thread in
                String(try Files.text("/proc/\(self.pid)/task/\(thread)/comm").dropLast())
            }.sorted()
        }
    }

    /// The number of glibc's arenas beside the first one: anonymous mappings at multiples of 64 MiB.
    var arenas: Int {
        get throws {
            try Files.text("/proc/\(self.pid)/maps").split(separator: "\n").count { line in
                let words = line.split { $0 == " " || $0 == "-" }
                guard words.last == "0", words.contains("rw"), let start = UInt(words[0], radix: 16) else {
                    return false
                }
                return start % (64 << 20) == 0
            }
        }
    }

    /// The number of open files.
    var openFiles: Int { get throws { try Files.names(in: "/proc/\(self.pid)/fd").count } }

    /// The limit on open files that leaves room for this many more.
    func openFileLimit(leaving count: Int) throws -> Int {
        let taken = Set(try Files.names(in: "/proc/\(self.pid)/fd"))
        return (0...).lazy.filter { !taken.contains("\($0)") }.prefix(count).reduce(0) { $1 } + 1
    }

    /// The soft and the hard limit on open files.
    var openFileLimits: (soft: String, hard: String) {
        get throws {
            let lines = try Files.text("/proc/\(self.pid)/limits").split(separator: "\n")
            let words = lines.first { $0.hasPrefix("Max open files") }?.split(separator: " ") ?? []
            guard words.count > 4 else { throw Failure("no limit of open files in /proc") }
            return (String(words[3]), String(words[4]))
        }
    }

    /// The number of bytes passed to write(2), sendfile(2) and similar calls (`wchar`), to any file.
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
