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
}
