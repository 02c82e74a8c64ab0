/// A web server in front of a program that speaks HTTP, with its configuration in `conf`.
enum HTTPProxy: String, CaseIterable {
    case nginx, apache, caddy

    /// The example's flag for this server.
    var flag: String { "--\(self.rawValue)" }

    private var files: [String] {
        switch self {
        case .nginx: ["nginx.conf", "http.conf"]
        case .apache: ["apache2.conf", "http.conf"]
        case .caddy: ["http.Caddyfile"]
        }
    }

    private func command(run directory: String) -> [String] {
        switch self {
        case .nginx: WebServer.nginx.command(run: directory)
        case .apache: ["apache2", "-D", "FOREGROUND", "-D", "PROXY_HTTP", "-f", "\(directory)/apache2.conf"]
        case .caddy:
            ChildProcess.asServer + [
                "env", "XDG_CONFIG_HOME=\(directory)", "caddy", "run", "--config", "\(directory)/http.Caddyfile",
                "--adapter", "caddyfile",
            ]
        }
    }

    /// Starts the server with the configuration in `conf`, with its files in this directory.
    func start(in directory: String, port: UInt16, socket: String, root: String) throws -> ChildProcess {
        let values = ["PORT": String(port), "SOCKET": socket, "ROOT": root, "RUN": directory]
        try ConfigurationFiles.fill(self.rawValue, into: directory, values: values, files: self.files)
        if self == .nginx {
            try ConfigurationFiles.change(
                ["include sendfile.conf;": "include http.conf;"], in: directory, files: ["nginx.conf"])
        }
        return try ChildProcess(self.command(run: directory), log: "\(directory)/server.log")
    }
}
