import Glibc

/// The processes of a web server on this machine.
enum ServerProcesses {
    /// When the newest process started, in seconds since 1970; `nil` if none runs.
    ///
    /// A web server that reads its configuration again starts new processes.
    static func newestStart(of server: FrontServer) -> Int? {
        let names = server == .apache ? ["apache2", "httpd"] : [server.rawValue]
        guard let boot = Self.bootTime, let directory = opendir("/proc") else { return nil }
        defer { closedir(directory) }
        var newest: Int?
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard pid_t(name) != nil, var text = ConfigurationText(of: "/proc/\(name)/stat") else { continue }
            let line = text.take { $0 != UInt8(ascii: "\n") }
            // "12 (nginx) S …": the name may contain spaces and parentheses. The start is the 20th field after it.
            guard let start = line.firstIndex(of: "("), let end = line.lastIndex(of: ")"),
                names.contains(String(line[line.index(after: start)..<end]))
            else { continue }
            let fields = line[end...].split(separator: " ").dropFirst()
            guard fields.count > 19, let ticks = Int(fields[fields.startIndex + 19]) else { continue }
            newest = max(newest ?? 0, boot + ticks / sysconf(Int32(_SC_CLK_TCK)))
        }
        return newest
    }

    /// When this machine started, in seconds since 1970.
    private static var bootTime: Int? {
        guard var text = ConfigurationText(of: "/proc/stat") else { return nil }
        while text.next != nil {
            let line = text.take { $0 != UInt8(ascii: "\n") }
            _ = text.take()
            if line.hasPrefix("btime ") { return Int(line.dropFirst(6)) }
        }
        return nil
    }
}
