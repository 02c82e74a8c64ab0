import Testing

extension ServerTests {
    /// A client's cookies in several lines: HTTP/2 and HTTP/3 allow it (RFC 9113 §8.2.3), HTTP/1.1 does not (RFC 6265 §5.4).
    @Suite(.serialized) struct CookieLineTests {
        private static let servers: [WebServer] = [.nginx, .lighttpd, .apacheFcgid, .apacheProxyFcgi, .caddy]
        private static let lines = "-H 'Cookie: a=1; b=2' -H 'Cookie: c=3'"

        @Test("Several lines over HTTP/2 are one list of cookies", arguments: Self.servers)
        func crumbs(_ server: WebServer) throws {
            let site = try SecureSite(Delivery(server: server, streams: false))
            defer { try? site.stop() }
            let base = "https://localhost:\(site.port)"
            let words = "-w '%{http_version}' \(Self.lines)"
            #expect(try site.curl("--http2 \(words) \(base)/cookies").output == "a=1\nb=2\nc=3\n2")
        }

        @Test("Two lines over HTTP/1.1 are one list, or the second one is part of a value", arguments: Self.servers)
        func lines(_ server: WebServer) throws {
            try withSite(Delivery(server: server, streams: false)) { site in
                let text = try Self.cookies(through: site.port)
                switch server {
                // These servers join every field with ", ", which a value may contain.
                case .apacheFcgid, .apacheProxyFcgi, .apacheLocalRedirect, .caddy: #expect(text == "a=1\nb=2, c=3\n")
                case .nginx, .lighttpd: #expect(text == "a=1\nb=2\nc=3\n")
                }
            }
        }

        @Test("HAProxy passes on both lines")
        func haproxy() throws {
            let site = try HAProxySite()
            defer { try? site.stop() }
            #expect(try Self.cookies(through: site.client.port) == "a=1\nb=2\nc=3\n")
            let parameters = try Self.cookies("/parameters", through: site.client.port)
            #expect(parameters.contains("HTTP_COOKIE=a=1; b=2\n") && parameters.contains("HTTP_COOKIE=c=3\n"))
        }

        private static func cookies(_ target: String = "/cookies", through port: UInt16) throws -> String {
            let socket = try Socket.connected(to: .loopback(port: port))
            try socket.send(
                "GET \(target) HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: a=1; b=2\r\nCookie: c=3\r\n\r\n".utf8
            )
            var text: [UInt8] = []
            _ = try HTTPAnswer(from: socket, toHead: false) { text += $0 }
            return String(decoding: text, as: UTF8.self)
        }
    }
}
