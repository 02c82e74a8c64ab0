import Glibc
import Testing

extension ServerTests {
    /// A TLS proxy or a CDN in front of the web server: the client's address and scheme in the program.
    @Suite(.serialized) struct ProxyInFrontTests {
        private static let servers: [WebServer] = [.nginx, .lighttpd, .apacheFcgid, .apacheProxyFcgi, .caddy]
        private static let fields = [
            "X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https", "X-Real-IP": "192.0.2.8",
            "Forwarded": "for=192.0.2.9;proto=https", "X-Forwarded-Host": "elsewhere.example",
            "X-Forwarded-Port": "443", "X-Forwarded-User": "alice", "Front-End-Https": "on", "X-Url-Scheme": "https",
        ]

        /// The parameters that describe the client and its connection.
        private static func said(_ text: String) -> [String: String] {
            let names = [
                "REMOTE_ADDR", "REQUEST_SCHEME", "HTTPS", "SERVER_NAME", "SERVER_PORT", "REMOTE_USER", "HTTP_HOST",
            ]
            var said: [String: String] = [:]
            for line in text.split(separator: "\n") {
                let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
                if parts.count == 2, names.contains(parts[0]) { said[parts[0]] = parts[1] }
            }
            return said
        }

        @Test("A client's forwarding fields have no effect", arguments: Self.servers)
        func forged(_ server: WebServer) throws {
            try withSite(Delivery(server: server, streams: false)) { site in
                let plain = Self.said(try site.client.get("/parameters").text)
                #expect(Self.said(try site.client.get("/parameters", Self.fields).text) == plain)
                #expect(plain["REMOTE_ADDR"] == "127.0.0.1" && plain["HTTPS"] != "on")
            }
        }

        /// The lines from the articles, with this machine as the proxy.
        private static func settings(_ server: WebServer, proxy: String) -> [String: String] {
            switch server {
            case .nginx:
                return [
                    "upstream sendfile {\n": """
                    geo $realip_remote_addr $is_proxy {
                        default 0;
                        \(proxy) 1;
                    }
                    map $is_proxy:$http_x_forwarded_proto $client_scheme {
                        default $scheme;
                        1:https https;
                    }
                    map $client_scheme $client_https {
                        https on;
                    }
                    set_real_ip_from \(proxy);
                    real_ip_header X-Forwarded-For;
                    upstream sendfile {

                    """,
                    "fastcgi_param REQUEST_SCHEME    $scheme;": "fastcgi_param REQUEST_SCHEME $client_scheme;",
                    "fastcgi_param HTTPS             $https if_not_empty;":
                        "fastcgi_param HTTPS $client_https if_not_empty;",
                ]
            case .lighttpd:
                return [
                    "include \"sendfile.conf\"\n": """
                    server.modules += ( "mod_extforward" )
                    extforward.forwarder = ( "\(proxy)" => "trust" )
                    extforward.headers = ( "X-Forwarded-For" )
                    include "sendfile.conf"

                    """
                ]
            case .caddy:
                return [
                    "\treverse_proxy unix/": """
                    \tmap {http.request.remote.host} {client_address} {client_scheme} {
                    \t\t\(proxy) {http.request.header.X-Forwarded-For} {http.request.header.X-Forwarded-Proto}
                    \t\tdefault {http.request.remote.host} {http.request.scheme}
                    \t}
                    \treverse_proxy unix/
                    """,
                    "\t\t\tenv SENDFILE_BACKEND caddy\n": """
                    \t\t\tenv SENDFILE_BACKEND caddy
                    \t\t\tenv REMOTE_ADDR {client_address}
                    \t\t\tenv REQUEST_SCHEME {client_scheme}

                    """,
                ]
            default:
                let module = "LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\n"
                return [
                    module: """
                    \(module)LoadModule remoteip_module /usr/lib/apache2/modules/mod_remoteip.so
                    LoadModule setenvif_module /usr/lib/apache2/modules/mod_setenvif.so
                    RemoteIPHeader X-Forwarded-For
                    RemoteIPInternalProxy \(proxy)
                    SetEnvIfExpr "%{CONN_REMOTE_ADDR} == '\(proxy)' && %{HTTP:X-Forwarded-Proto} == 'https'" HTTPS=on

                    """
                ]
            }
        }

        @Test(
            "The client's address comes from a trusted proxy only",
            arguments: Self.servers)
        func trusted(_ server: WebServer) throws {
            for proxy in ["127.0.0.1", "192.0.2.1"] {
                let site = try Site(
                    Delivery(server: server, streams: false), settings: Self.settings(server, proxy: proxy))
                defer { try? site.stop() }
                try withLogs(of: site) { site in
                    let said = Self.said(try site.client.get("/parameters", Self.fields).text)
                    let isTrusted = proxy == "127.0.0.1"
                    #expect(said["REMOTE_ADDR"] == (isTrusted ? "192.0.2.7" : "127.0.0.1"), "\(said)")
                    let status = try site.client.get("/scheme", Self.fields).text
                    #expect(status == (isTrusted ? "https" : "http"), "\(said)")
                    #expect(try site.client.get("/scheme").text == "http")
                }
            }
        }

        @Test(
            "The PROXY protocol sets the client's address if the web server is configured for it",
            arguments: [WebServer.nginx, .lighttpd], [true, false])
        func proxyProtocol(_ server: WebServer, believes: Bool) throws {
            let port = try Address.freePort()
            let settings: [String: String]
            if server == .nginx {
                let line = "    listen 127.0.0.1:"
                let real = believes ? "    set_real_ip_from 127.0.0.1;\n    real_ip_header proxy_protocol;\n" : ""
                settings = [line: "    listen 127.0.0.1:\(port) proxy_protocol;\n\(real)\(line)"]
            } else {
                settings = [
                    "include \"sendfile.conf\"\n": """
                    server.modules += ( "mod_extforward" )
                    $SERVER["socket"] == "127.0.0.1:\(port)" {
                        extforward.hap-PROXY = "enable"
                        extforward.forwarder = ( "\(believes ? "127.0.0.1" : "192.0.2.1")" => "trust" )
                    }
                    include "sendfile.conf"

                    """
                ]
            }
            let site = try Site(Delivery(server: server, streams: false), settings: settings)
            defer { try? site.stop() }
            try withLogs(of: site) { site in
                let socket = try Socket.connected(to: .loopback(port: port))
                try socket.send("PROXY TCP4 192.0.2.7 192.0.2.1 5678 443\r\n".utf8)
                try socket.send("GET /parameters HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
                var body: [UInt8] = []
                // lighttpd closes connections that are not from a known proxy.
                let answer = try? HTTPAnswer(from: socket, toHead: false) { body += $0 }
                let address = Self.said(String(decoding: body, as: UTF8.self))["REMOTE_ADDR"]
                if believes {
                    #expect(address == "192.0.2.7")
                } else {
                    #expect(address == "127.0.0.1" || answer?.status != 200)
                }
            }
        }

        @Test(
            "mod_remoteip takes the client from the PROXY protocol, and serves nothing without it",
            arguments: [WebServer.apacheFcgid, .apacheProxyFcgi])
        func proxyProtocolOfApache(_ server: WebServer) throws {
            let site = try Site(Delivery(server: server, streams: false))
            defer { try? site.stop() }
            let port = try Address.freePort()
            // A copy of the existing virtual host, for the proxy.
            let host = try Files.text("\(site.directory)/\(server.files[1])").replacing(
                "<VirtualHost 127.0.0.1:\(site.port)>",
                with: "<VirtualHost 127.0.0.1:\(port)>\nRemoteIPProxyProtocol On")
            let main = "\(site.directory)/apache2.conf"
            let module = "LoadModule remoteip_module /usr/lib/apache2/modules/mod_remoteip.so"
            try Files.write("\(try Files.text(main))\n\(module)\nListen 127.0.0.1:\(port)\n\(host)", to: main)
            site.signalServer(SIGHUP)
            /// Returns the program's parameters and the status for a request after a line.
            func ask(_ line: String) throws -> (said: [String: String], status: Int?) {
                let socket = try Socket.connected(to: .loopback(port: port))
                try socket.send("\(line)GET /parameters HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".utf8)
                var body: [UInt8] = []
                let answer = try? HTTPAnswer(from: socket, toHead: false) { body += $0 }
                return (Self.said(String(decoding: body, as: UTF8.self)), answer?.status)
            }
            try withLogs(of: site) { site in
                let line = "PROXY TCP4 192.0.2.7 192.0.2.1 5678 443\r\n"
                try Deadline.wait("Apache listens for the proxy") { (try? ask(line))?.status == 200 }
                #expect(try ask(line).said["REMOTE_ADDR"] == "192.0.2.7")
                #expect(try ask("").status != 200)
                #expect(try Self.said(site.client.get("/parameters").text)["REMOTE_ADDR"] == "127.0.0.1")
            }
        }
    }
}
