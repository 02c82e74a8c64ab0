import CLinux
import Glibc

/// The number of bytes that the program behind the web server writes, as counted by the kernel. A response does not
/// show whether the program or the web server sent the file: with this library it is the same either way.
struct ProgramActivity: Sendable {
    let processes: [pid_t]
    /// The path of a program whose processes count too, including those started later.
    let program: String?

    /// The number of bytes written so far by each process; empty if no process is accessible.
    var bytesWritten: [pid_t: Int] {
        var numbers: [pid_t: Int] = [:]
        for process in self.all {
            if let number = Self.bytesWritten(by: process) { numbers[process] = number }
        }
        return numbers
    }

    /// The bytes written between two measurements.
    static func difference(_ before: [pid_t: Int], _ after: [pid_t: Int]) -> Int {
        after.reduce(0) { $0 + max(0, $1.value - (before[$1.key] ?? 0)) }
    }

    /// The processes of the program.
    var all: Set<pid_t> { Set(self.processes + self.programProcesses) }

    private var programProcesses: [pid_t] {
        guard let program = self.program, let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var processes: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let process = pid_t(name), process != getpid() else { continue }
            var buffer = [UInt8](repeating: 0, count: Int(PATH_MAX))
            let length = readlink("/proc/\(process)/exe", &buffer, buffer.count)
            guard length > 0 else { continue }
            let path = String(decoding: buffer[..<length], as: UTF8.self)
            // The program's file was replaced while the program runs.
            if path == program || path == "\(program) (deleted)" { processes.append(process) }
        }
        return processes
    }

    private static func bytesWritten(by process: pid_t) -> Int? {
        guard let file = fopen("/proc/\(process)/io", "re") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 && $0 != 10 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if text.hasPrefix("wchar: ") { return Int(text.dropFirst(7)) }
        }
        return nil
    }
}
