import CLinux
import Glibc

/// When processes started and files changed, in seconds since 1970.
enum ProcessTimes {
    /// When a process started, to a hundredth of a second; `nil` if it does not exist.
    static func start(of process: pid_t) -> Double? { Self.entry(of: process)?.start }

    /// The name and the start of a process.
    static func entry(of process: pid_t) -> (name: String, start: Double)? {
        guard var text = ConfigurationText(of: "/proc/\(process)/stat") else { return nil }
        let line = text.take { $0 != UInt8(ascii: "\n") }
        // "12 (nginx) S …": the name may contain spaces and parentheses. The start is the 20th field after it.
        guard let start = line.firstIndex(of: "("), let end = line.lastIndex(of: ")") else { return nil }
        let fields = line[end...].split(separator: " ").dropFirst()
        guard fields.count > 19, let ticks = Double(fields[fields.startIndex + 19]) else { return nil }
        // The start is counted from the machine's, whose time is known in seconds only. The clock that counts from it is exact.
        let age = Self.now(CLOCK_BOOTTIME) - ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
        return (String(line[line.index(after: start)..<end]), Self.now(CLOCK_REALTIME) - age)
    }

    /// The arguments of a process; empty if they are unknown.
    static func command(of process: pid_t) -> [String] {
        guard let bytes = try? FileState.bytes(of: "/proc/\(process)/cmdline") else { return [] }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The time of a reading of the monotonic clock.
    static func date(monotonic time: Double) -> Double { Self.now(CLOCK_REALTIME) - (Self.now(CLOCK_MONOTONIC) - time) }

    private static func now(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    /// The processes of this machine.
    static var all: [pid_t] {
        guard let directory = opendir("/proc") else { return [] }
        defer { closedir(directory) }
        var processes: [pid_t] = []
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let process = pid_t(name) { processes.append(process) }
        }
        return processes
    }

    /// Whether a file changed after a time. The clock of file times is up to a hundredth of a second late, and so is that of
    /// process starts.
    static func changed(_ file: String, after time: Double) -> Bool {
        var status = stat()
        // A symbolic link to an old file may be new.
        return [stat, lstat].contains { look in
            look(file, &status) == 0
                && Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9 > time + 0.05
        }
    }
}
