import Glibc
import Testing

extension ServerTests {
    /// nginx passes no host to a program if the request has no `Host`, as over HTTP/3: each configuration adds one.
    @Suite(.serialized) struct HostParameterTests {
        private static let name = "server_name named.example;"

        @Test(
            "HTTP_HOST is the client's Host, once, or the server's name without one",
            arguments: ["sendfile.conf", "gate.conf", "auth-request.conf"])
        func host(_ file: String) throws {
            let port: UInt16
            let stop: () throws -> Void
            switch file {
            case "auth-request.conf":
                let line = "auth_request /authorizer;"
                let site = try AuthorizerSite.start(.nginx, settings: [line: "\(Self.name) \(line)"])
                (port, stop) = (site.port, site.stop)
            case "gate.conf": (port, stop) = try Self.gate()
            default:
                let line = "source_charset utf-8;"
                let site = try Site(
                    Delivery(server: .nginx, streams: false), settings: [line: "\(Self.name) \(line)"])
                (port, stop) = (site.port, site.stop)
            }
            defer { try? stop() }
            for (version, line, host) in [
                ("1.0", "", "named.example"), ("1.1", "Host: other.example:8080\r\n", "other.example:8080"),
            ] {
                let socket = try Socket.connected(to: .loopback(port: port))
                let target = file == "auth-request.conf" ? "/application/x" : "/parameters"
                try socket.send(
                    "GET \(target) HTTP/\(version)\r\n\(line)Connection: close\r\nCookie: user=alice\r\n\r\n".utf8)
                var text: [UInt8] = []
                _ = try HTTPAnswer(from: socket, toHead: false) { text += $0 }
                let hosts = String(decoding: text, as: UTF8.self).split(separator: "\n").filter {
                    $0.hasPrefix("HTTP_HOST=")
                }
                #expect(hosts == ["HTTP_HOST=\(host)"], "\(file) HTTP/\(version)")
            }
        }

        /// gate.conf with the application under test, which shows the parameters, in the gate's place.
        private static func gate() throws -> (port: UInt16, stop: () throws -> Void) {
            let workspace = try Workspace.shared
            let directory = try workspace.makeDirectory("host")
            let port = try Address.freePort()
            let socket = "\(directory)/gate.sock"
            try ConfigurationFiles.fill(
                "nginx", into: directory,
                values: ["PORT": String(port), "SOCKET": socket, "ROOT": workspace.root, "RUN": directory],
                files: ["nginx.conf", "gate.conf"])
            let line = "client_max_body_size 64k;"
            try ConfigurationFiles.change(
                ["include sendfile.conf;": "include gate.conf;", line: "\(Self.name) \(line)"], in: directory)
            let program = try RunningProgram.listening(on: .unix(path: socket))
            chmod(socket, 0o666)
            let nginx = try ChildProcess(WebServer.nginx.command(run: directory), log: "\(directory)/server.log")
            try Deadline.wait("nginx answers") {
                (try? HTTPClient(port: port).get("/ready"))?.status == 200
            }
            return (
                port,
                {
                    nginx.signal(SIGTERM)
                    _ = try nginx.waitForEnd()
                    _ = try program.stop()
                }
            )
        }
    }
}
