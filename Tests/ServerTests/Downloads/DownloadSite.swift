import Glibc

/// A web server with the option "downloads" of `conf`, the application, and both logs.
struct DownloadSite {
    let site: Site
    /// The program's access log and the web server's.
    let logs: [String]

    /// A file that no buffer of the kernel's holds completely.
    static let big = (name: "arrived-\(getpid()).bin", size: 48 << 20)

    init(_ server: WebServer, streams: Bool = false) throws {
        let directory = try Workspace.shared.makeDirectory("downloads")
        guard chmod(directory, 0o777) == 0 else { throw Failure.system("chmod") }
        let log = "\(directory)/access.jsonl"
        self.logs = [log, "\(directory)/downloads.jsonl"]
        var settings = ["\"/var/log/\(Self.folder(server))/": "\"\(directory)/"]
        switch server {
        case .nginx: settings = ["access_log /var/log/nginx/": "access_log \(directory)/"]
        case .caddy: settings = ["output file /var/log/caddy/": "output file \(directory)/"]
        default: break
        }
        var program = try SiteProgram.testApplication
        switch server {
        case .lighttpd:
            settings["\"SENDFILE_DOWNLOAD_ID\" =>"] =
                "\"FASTCGI_ACCESS_LOG\" => \"\(log)\", \"SENDFILE_DOWNLOAD_ID\" =>"
        case .apacheFcgid, .apacheLocalRedirect:
            settings["FcgidInitialEnv SENDFILE_DOWNLOAD_ID"] =
                "FcgidInitialEnv FASTCGI_ACCESS_LOG \"\(log)\"\nFcgidInitialEnv SENDFILE_DOWNLOAD_ID"
        default: program.environment["FASTCGI_ACCESS_LOG"] = log
        }
        try Files.writeSparse(
            size: Self.big.size, marks: [0: "start", Self.big.size - 3: "end"], to: "\(program.root)/\(Self.big.name)")
        self.site = try Site(
            Delivery(server: server, streams: streams), settings: settings, option: "downloads", program: program)
    }

    /// The folder of the server's logs on Debian.
    private static func folder(_ server: WebServer) -> String {
        switch server {
        case .lighttpd, .nginx, .caddy: server.folder
        case .apacheFcgid, .apacheLocalRedirect, .apacheProxyFcgi: "apache2"
        }
    }

    /// Downloads a file, or a part of it, as a user. Returns the response without the body, and the length of the body.
    @discardableResult func get(
        _ file: String, user: String, range: String? = nil, method: String = "GET"
    ) throws -> (answer: HTTPAnswer, count: Int) {
        var fields = ["Cookie": "user=\(user)"]
        if let range { fields["Range"] = "bytes=\(range)" }
        var count = 0
        let answer = try self.site.client.send(method, "/file/\(file)", fields) { count += $0.count }
        return (answer, count)
    }

    /// Downloads a part of a file and disconnects. Returns the number of bytes that arrived, with the header.
    func abort(_ file: String, user: String, after limit: Int) throws -> Int {
        let socket = try Socket.connected(to: .host("127.0.0.1", port: self.site.port))
        try socket.send("GET /file/\(file) HTTP/1.1\r\nHost: localhost\r\nCookie: user=\(user)\r\n\r\n".utf8)
        var count = 0
        while count < limit {
            let bytes = try socket.receive()
            guard !bytes.isEmpty else { throw Failure("the response ended after \(count) bytes") }
            count += bytes.count
        }
        return count
    }

    /// The downloads of each user as `sendfile-gate downloads` finds them, when the end of each is known.
    func downloads(of users: Set<String>) throws -> [String: [JSON]] {
        var found: [String: [JSON]] = [:]
        try Deadline.wait("the logs have the end of each download") {
            let run = try GateRun(["downloads", "--json"] + self.logs)
            guard run.end == .exited(0), run.errors.isEmpty else { throw Failure("\(run.end): \(run.errors)") }
            found = Dictionary(
                grouping: try run.output.split(separator: "\n").map { try JSON(Array($0.utf8)) },
                by: { $0["user"]?.text ?? "" })
            return users.isSubset(of: found.keys) && !found.values.joined().contains { $0["complete"] == .null }
        }
        return found
    }
}

extension JSON {
    /// A member with a whole number.
    func count(_ name: String) -> Int? {
        if case .number(let text)? = self[name] { Int(text) } else { nil }
    }
}
