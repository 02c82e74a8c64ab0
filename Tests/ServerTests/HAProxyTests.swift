import Glibc
import Testing

extension ServerTests {
    /// HAProxy as the only server: its `fcgi-app` passes requests on, and the program sends the files.
    @Suite(.serialized) struct HAProxyTests {
        private static func withSite(
            _ settings: [String: String] = [:], _ body: (HAProxySite) throws -> Void
        ) throws {
            let site = try HAProxySite(settings: settings)
            try withLogs(of: site, body)
            try site.stop()
        }

        @Test("A file arrives completely, as a range, as a header only, and not again if unchanged")
        func files() throws {
            try Self.withSite { site in
                let client = site.client
                let content = Corpus.large.content
                let whole = try client.get("/file/\(Corpus.large.name)")
                #expect(whole.status == 200 && whole.body == content)
                #expect(whole.field("Content-Length") == String(content.count))
                #expect(whole.field("Cache-Control") == "private")

                let target = "/file/plain.txt"
                let plain = Corpus.content(of: "plain.txt")
                let tag = try #require(try client.get(target).field("ETag"))
                let date = try #require(try client.get(target).field("Last-Modified"))
                let part = try client.get(target, ["Range": "bytes=3-6"])
                #expect(part.status == 206 && part.body == Array(plain[3...6]))
                #expect(part.field("Content-Range") == "bytes 3-6/\(plain.count)")
                let parts = try client.get(target, ["Range": "bytes=0-1,4-5"])
                #expect(parts.field("Content-Type")?.hasPrefix("multipart/byteranges") == true || parts.status == 200)
                #expect(try client.get(target, ["Range": "bytes=999-"]).status == 416)
                #expect(try client.get(target, ["Range": "bytes=0-1", "If-Range": tag]).status == 206)
                #expect(try client.get(target, ["Range": "bytes=0-1", "If-Range": "\"other\""]).status == 200)
                let head = try client.send("HEAD", target)
                #expect(head.status == 200 && head.body.isEmpty && head.field("Content-Length") == "\(plain.count)")
                #expect(try client.get(target, ["If-None-Match": tag]).status == 304)
                #expect(try client.get(target, ["If-Modified-Since": date]).status == 304)
                #expect(try client.get(target, ["If-Match": "\"other\""]).status == 412)
                #expect(try client.get("/file/missing.txt").status == 404)
                #expect(try client.send("DELETE", target).status == 405)
            }
        }

        @Test("Every name is found, except names with a line end, which HAProxy does not pass on") func names() throws {
            try Self.withSite { site in
                for name in Corpus.names {
                    let target = "/file/\(name.bytes.map { $0 == UInt8(ascii: "/") ? "/" : Self.encoded($0) }.joined())"
                    let answer = try site.client.get(target)
                    if name.bytes.contains(UInt8(ascii: "\n")) {
                        #expect(answer.status == 500, "\(name)")
                        // If the URL does not contain the name, the file arrives.
                        #expect(try site.client.get("/hex/\(name.hexadecimal)").body == Corpus.content(of: name))
                    } else {
                        #expect(answer.status == 200 && answer.body == Corpus.content(of: name), "\(name)")
                    }
                }
            }
        }

        private static func encoded(_ byte: UInt8) -> String {
            "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }

        @Test("Uploads need a known length and have a limit") func uploads() throws {
            try Self.withSite { site in
                let body = [UInt8](repeating: 7, count: 3 << 20)
                #expect(try site.client.send("POST", "/count", body: .bytes(body)).text == "\(body.count)")
                #expect(try site.client.send("POST", "/echo", body: .bytes(Array("text".utf8))).text == "text")
                let chunks = [[UInt8]](repeating: [1, 2, 3], count: 5)
                #expect(try site.client.send("POST", "/count", body: .chunked(chunks)).status == 411)
                let fields = ["Content-Length": "67108865", "Expect": "100-continue"]
                let long = try site.client.send("POST", "/count", fields)
                #expect(long.status == 413)
            }
        }

        @Test("A claimed name is not a user, and a name with a verified password is one")
        func users() throws {
            let claim = ["Authorization": "Basic YWxpY2U6d3Jvbmc="]
            try Self.withSite { site in
                #expect(try site.client.get("/private/plain.txt", claim).status == 401)
                let seen = try site.client.get("/parameters", claim).text
                #expect(!seen.contains("REMOTE_USER") && !seen.contains("AUTHORIZATION"), "\(seen)")
            }
            // HAProxy's default behaviour: a name is enough. The line in the configuration prevents that.
            let line = "    http-request del-header Authorization\n"
            try Self.withSite([line: ""]) { site in
                let answer = try site.client.get("/private/plain.txt", claim)
                #expect(answer.status == 200, "HAProxy no longer sends REMOTE_USER: see conf/haproxy and the articles")
                let seen = try site.client.get("/parameters", claim).text
                #expect(!seen.contains("AUTHORIZATION"))
            }
            let checked = "    http-request auth realm Downloads unless { http_auth(users) }\n"
            let users = "userlist users\n    user alice insecure-password right\n\nfrontend sendfile\n"
            try Self.withSite([line: checked, "frontend sendfile\n": users]) { (site: HAProxySite) throws in
                #expect(try site.client.get("/private/plain.txt", claim).status == 401)
                #expect(try site.client.get("/private/plain.txt").status == 401)
                let right = ["Authorization": "Basic YWxpY2U6cmlnaHQ="]
                #expect(try site.client.get("/private/plain.txt", right).status == 200)
            }
            // A bearer token reaches the program if the configuration permits it.
            let bearer = "    http-request del-header Authorization unless { http_auth_bearer -m found }\n"
            let passed = "    docroot /\n    pass-header Authorization\n"
            try Self.withSite([line: bearer, "    docroot /\n": passed]) { site in
                let seen = try site.client.get("/parameters", ["Authorization": "Bearer token"]).text
                #expect(seen.contains("HTTP_AUTHORIZATION=Bearer token\n") && !seen.contains("REMOTE_USER"), "\(seen)")
                let basic = try site.client.get("/parameters", claim).text
                #expect(!basic.contains("REMOTE_USER") && !basic.contains("AUTHORIZATION"), "\(basic)")
            }
        }

        @Test("A client cannot set a parameter that the server sets") func parameters() throws {
            try Self.withSite { site in
                let fields = [
                    "Remote-User": "alice", "Sendfile-Root": "/etc", "SENDFILE_BACKEND": "nginx",
                    "Https": "on", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1",
                ]
                let seen = try site.client.get("/parameters/a%20b?c=d", fields).text.split(separator: "\n")
                for line in [
                    "PATH_INFO=/parameters/a b", "REQUEST_URI=/parameters/a%20b?c=d", "REMOTE_ADDR=127.0.0.1",
                    "REQUEST_SCHEME=http", "SENDFILE_BACKEND=stream", "SENDFILE_ROOT=\(site.root)",
                ] { #expect(seen.contains(Substring(line)), "\(line)\n\(seen)") }
                for name in ["SCRIPT_NAME=", "REMOTE_USER=", "HTTPS="] {
                    #expect(!seen.contains { $0.hasPrefix(name) }, "\(seen)")
                }
                for target in ["http:/file/plain.txt/x://y", "x:http://y/ready", "/file/../ready", "/file/a%2Fb"] {
                    let status = try site.client.get(target).status
                    #expect(status == 400 || status == 404, "\(target): \(status)")
                }
            }
        }

        @Test("A client that disconnects during a file ends its own response and no other") func abort() throws {
            try Self.withSite { site in
                func active() throws -> Int {
                    let text = try site.client.get("/status").text
                    let match = try #require(text.firstMatch(of: #/"active":(?<count>\d+)/#), "\(text)")
                    return Int(match.output.count) ?? -1
                }
                // The connection of the status request.
                let idle = 1
                try Deadline.wait("nothing else is under way") { try active() == idle }
                var slow = try (0..<3).map { _ in
                    let socket = try Socket.connected(to: .loopback(port: site.client.port))
                    try socket.send("GET /file/\(Corpus.huge.name) HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
                    _ = try socket.receive()
                    return socket
                }
                try Deadline.wait("three answers are under way") { try active() == idle + 3 }
                slow.removeLast(2)
                try Deadline.wait("one answer is under way") { try active() == idle + 1 }
                #expect(try !slow[0].receive().isEmpty)
                slow.removeAll()
                try Deadline.wait("no answer is under way") { try active() == idle }
            }
        }
    }
}
