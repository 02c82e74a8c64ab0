import Glibc

/// The processes of a web server on this machine.
enum ServerProcesses {
    /// The processes, with their starts.
    static func all(of server: FrontServer) -> [(process: pid_t, start: Double)] {
        let names = server == .apache ? ["apache2", "httpd"] : [server.rawValue]
        return ProcessTimes.all.compactMap { process in
            ProcessTimes.entry(of: process).flatMap { names.contains($0.name) ? (process, $0.start) : nil }
        }
    }

    /// When the running web server last read its configuration, in seconds since 1970; `nil` if none runs or that is unknown.
    ///
    /// nginx and Apache start new processes when they read it again; Apache also starts some under load, so its oldest process
    /// besides the first counts. lighttpd reads it in the same process.
    static func lastReading(of server: FrontServer) -> Double? {
        let starts = Self.all(of: server).map(\.start).sorted()
        switch server {
        case .nginx: return starts.last
        case .apache: return starts.dropFirst().first ?? starts.first
        case .lighttpd, .caddy, .unknown: return nil
        }
    }

    /// The file of the configuration with which a web server runs, if its command names one, with the process.
    static func configurationFile(of server: FrontServer) -> (file: String, process: pid_t)? {
        Self.all(of: server).lazy.compactMap { process, _ in
            Self.file(in: ProcessTimes.command(of: process), server).map { ($0, process) }
        }.first
    }

    /// The file after `-c` (nginx), `--config` (Caddy) or `-f` (Apache, lighttpd) in a command. nginx writes its command into one argument.
    static func file(in command: [String], _ server: FrontServer) -> String? {
        let words = command.flatMap { $0.split(separator: " ").map(String.init) }
        let option =
            switch server {
            case .nginx: "-c"
            case .caddy: "--config"
            default: "-f"
            }
        guard let index = words.firstIndex(of: option), index + 1 < words.count,
            words[index + 1].hasPrefix("/")
        else { return nil }
        return words[index + 1]
    }
}
