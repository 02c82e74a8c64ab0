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

    /// When the newest process started, in seconds since 1970; `nil` if none runs.
    ///
    /// A web server that reads its configuration again starts new processes.
    static func newestStart(of server: FrontServer) -> Double? { Self.all(of: server).map(\.start).max() }
}
