import Glibc

/// A web server in front of three application servers, with the configuration of `conf` for several servers.
struct BalancingServer: Sendable {
    enum Kind: String, CaseIterable, Sendable {
        case nginx, haproxy, lighttpd

        /// The time without a byte after which a server counts as frozen, as the configuration writes it.
        var readTimeout: (line: String, seconds: @Sendable (Int) -> String) {
            switch self {
            case .nginx: ("fastcgi_read_timeout 15s;", { "fastcgi_read_timeout \($0)s;" })
            case .haproxy: ("timeout server 15s", { "timeout server \($0)s" })
            case .lighttpd: ("\"read-timeout\" => 15", { "\"read-timeout\" => \($0)" })
            }
        }

        /// Whether it sends a request that may be repeated to another server if the first one received it and fails.
        var repeatsRequests: Bool { self != .lighttpd }

        /// The signal after which it finishes running requests and ends.
        var gracefulSignal: Int32 {
            switch self {
            case .nginx: SIGQUIT
            case .haproxy: SIGUSR1
            case .lighttpd: SIGINT
            }
        }

        /// A change of the configuration, so that the server listens on all addresses of its host.
        var listensEverywhere: (old: String, new: String) {
            switch self {
            case .nginx: ("listen 127.0.0.1:8080;", "listen 8080;")
            case .haproxy: ("bind 127.0.0.1:8080", "bind :8080")
            case .lighttpd: ("server.bind = \"127.0.0.1\"", "server.bind = \"0.0.0.0\"")
            }
        }

        fileprivate var files: [String] {
            switch self {
            case .nginx: ["nginx.conf", "several-servers.conf"]
            case .haproxy: ["several-servers.cfg"]
            case .lighttpd: ["lighttpd.conf", "several-servers.conf"]
            }
        }

        fileprivate func command(run directory: String) -> [String] {
            switch self {
            case .nginx: WebServer.nginx.command(run: directory)
            case .haproxy: ChildProcess.asServer + ["haproxy", "-db", "-f", "\(directory)/several-servers.cfg"]
            case .lighttpd: WebServer.lighttpd.command(run: directory)
            }
        }
    }

    let kind: Kind
    let host: HostNetwork.Host
    let client: HTTPClient
    let process: ChildProcess

    /// Starts the server. It listens on the loopback address of its host.
    ///
    /// - Parameters:
    ///   - applications: The addresses of the three application servers.
    ///   - changes: Texts of the configuration and their replacements.
    init(
        _ kind: Kind, on host: HostNetwork.Host, applications: [String], changes: [(old: String, new: String)] = []
    ) throws {
        let directory = try Workspace.shared.makeDirectory("front-\(kind)")
        let values = [
            "PORT": "8080", "RUN": directory, "STATUS": "/status",
            "FIRST": applications[0], "SECOND": applications[1], "THIRD": applications[2],
        ]
        try ConfigurationFiles.fill(kind.rawValue, into: directory, values: values, files: kind.files)
        for name in kind.files {
            var text = try Files.text("\(directory)/\(name)")
            for old in ["include sendfile.conf;", "include \"sendfile.conf\""] {
                text = text.replacing(old, with: old.replacing("sendfile", with: "several-servers"))
            }
            for (old, new) in changes { text = text.replacing(old, with: new) }
            try Files.write(text, to: "\(directory)/\(name)")
        }
        self.kind = kind
        self.host = host
        self.process = try ChildProcess(
            host.wrapper + kind.command(run: directory), log: "\(directory)/server.log")
        self.client = HTTPClient(port: 8080, network: try host.network())
    }

    /// Waits until the server passes requests to every one of these instances.
    func wait(for instances: some Sequence<String>, seconds: Int = Socket.patience) throws {
        var missing = Set(instances)
        try Deadline.wait("\(self.kind) passes requests to \(missing.sorted())", seconds: seconds) {
            guard self.process.isRunning else { throw Failure("\(self.kind): \(try Files.text(self.process.log))") }
            if let answer = try? self.client.get("/file/plain.txt"), let instance = answer.field("Instance") {
                missing.remove(instance)
            }
            return missing.isEmpty
        }
    }

    /// The process and its child processes.
    var processes: [pid_t] {
        get throws {
            let pid = self.process.pid
            let children = try Files.text("/proc/\(pid)/task/\(pid)/children")
            return [pid] + children.split { !$0.isNumber }.compactMap { pid_t($0) }
        }
    }

    /// Sends a signal to all processes of the server: the workers of nginx do not end with a killed parent.
    func signalAll(_ number: Int32) throws { for process in try self.processes { kill(process, number) } }

    func stop() throws {
        self.process.signal(SIGTERM)
        _ = try self.process.waitForEnd()
    }
}
