import Glibc
import Testing

extension ServerTests {
    /// HTTPS and HTTP/2 between the clients and the web server.
    @Suite(.serialized) struct SecureSiteTests {
        private static let servers: [WebServer] = [.nginx, .lighttpd, .apacheFcgid, .apacheProxyFcgi, .caddy]

        private static func withSite(_ delivery: Delivery, _ body: (SecureSite) throws -> Void) throws {
            let site = try SecureSite(delivery)
            defer { try? site.stop() }
            try withLogs(of: site.site) { _ in try body(site) }
        }

        @Test("Every request works over HTTP/2 and TLS as over HTTP/1.1", arguments: Self.servers)
        func everything(_ server: WebServer) throws {
            try Self.withSite(Delivery(server: server, streams: false)) { site in
                let base = "https://localhost:\(site.port)"
                let directory = try Workspace.shared.makeDirectory("answers")
                func get(_ words: String) throws -> String {
                    try site.curl("--http2 -o \(directory)/answer -w '%{http_version} %{http_code}' \(words)").output
                }
                #expect(try get("\(base)/file/\(Corpus.large.name)") == "2 200")
                #expect(try Files.read("\(directory)/answer") == Corpus.large.content)
                #expect(try get("-r 5-1000004 \(base)/file/\(Corpus.large.name)") == "2 206")
                #expect(try Files.read("\(directory)/answer") == Array(Corpus.large.content[5...1_000_004]))
                let tag = try #require(try site.site.client.get("/file/plain.txt").field("ETag"))
                #expect(try get("-H 'If-None-Match: \(tag)' \(base)/file/plain.txt") == "2 304")
                #expect(try get("-H 'If-Match: \"other\"' \(base)/file/plain.txt") == "2 412")
                let upload = "\(site.site.root)/\(Corpus.large.name)"
                #expect(try get("--data-binary @\(upload) \(base)/count") == "2 200")
                #expect(try Files.text("\(directory)/answer") == "\(Corpus.large.content.count)")

                #expect(try get("-b user=alice \(base)/parameters") == "2 200")
                let seen = try Files.text("\(directory)/answer").split(separator: "\n")
                for line in ["HTTPS=on", "REQUEST_SCHEME=https", "HTTP_HOST=localhost:\(site.port)"] {
                    #expect(seen.contains(Substring(line)), "\(line)\n\(seen)")
                }
                #expect(seen.contains { $0.hasPrefix("SERVER_PROTOCOL=HTTP/2") }, "\(seen)")
                #expect(try site.curl("--http1.1 \(base)/parameters").output.contains("HTTPS=on\n"))
                let plain = try site.site.client.get("/parameters").text
                #expect(!plain.contains("HTTPS=on"), "\(plain)")
            }
        }

        private static let count = 36

        /// The target and the content of a stream's file.
        ///
        /// Three files are large, 24 MiB together. lighttpd 1.4.69 can stall for good when the streams of one connection
        /// use up the client's window for the connection (32 MiB for curl), with its own static files as well.
        private static func file(of number: Int) -> (target: String, content: [UInt8]) {
            if number % 12 == 0 { return (Corpus.large.name, Corpus.large.content) }
            return number % 2 == 0
                ? ("plain.txt", Corpus.content(of: "plain.txt")) : ("100%25.txt", Corpus.content(of: "100%.txt"))
        }

        @Test("Many streams of one connection receive their own files", arguments: Self.servers)
        func streams(_ server: WebServer) throws {
            try Self.withSite(Delivery(server: server, streams: false)) { site in
                let directory = try Workspace.shared.makeDirectory("answers")
                let base = "https://localhost:\(site.port)/file"
                var words = "--http2 --parallel --parallel-max 24 -w '%{http_code} %{num_connects}\\n'"
                for number in 0..<Self.count {
                    words += " -o \(directory)/\(number) \(base)/\(Self.file(of: number).target)"
                }
                let (end, output) = try site.curl(words)
                #expect(end == .exited(0), "\(output)")
                let lines = output.split(separator: "\n")
                #expect(lines.count == Self.count && lines.allSatisfy { $0.hasPrefix("200 ") }, "\(output)")
                #expect(lines.count { $0 == "200 1" } < Self.count, "not many at once: \(output)")
                for number in 0..<Self.count {
                    #expect(try Files.read("\(directory)/\(number)") == Self.file(of: number).content, "\(number)")
                }
            }
        }

        @Test("An abandoned stream ends, and the connection's other streams continue", arguments: Self.servers)
        func abort(_ server: WebServer) throws {
            try Self.withSite(Delivery(server: server, streams: true)) { site in
                func active() throws -> Int {
                    let text = try site.site.client.get("/status").text
                    let match = try #require(text.firstMatch(of: #/"active":(?<count>\d+)/#), "\(text)")
                    return Int(match.output.count) ?? -1
                }
                let idle = try active()
                let directory = try Workspace.shared.makeDirectory("answers")
                let base = "https://localhost:\(site.port)"
                // The first is too slow to end; the second is requested on the same connection.
                // curl of Debian 12 ends with the error of the first, that of Debian 13 with the success of the second.
                let output = try site.curl(
                    "--http2 --parallel --parallel-immediate -o \(directory)/huge --limit-rate 1M --max-time 2 "
                        + "\(base)/file/\(Corpus.huge.name) --next --silent --insecure --http2 -o \(directory)/waited "
                        + "-w '%{http_code}' \(base)/wait/3000"
                ).output
                #expect(output.hasSuffix("200"), "\(output)")
                #expect(try Files.text("\(directory)/waited") == "waited")
                #expect(Files.size("\(directory)/huge") < Corpus.huge.size)
                try Deadline.wait("the abandoned answer ends", seconds: 20) { try active() == idle }
            }
        }
    }

    /// HTTP/3, supported by nginx and curl of Debian 13.
    @Suite(.serialized, .onMachines) struct HTTP3Tests {
        private static let releases = MachineRequirements.releases.filter { $0 != .bookworm }

        @Test("Every request works over HTTP/3 as over HTTP/1.1", arguments: Self.releases)
        func everything(_ release: Release) throws {
            let site = try MachineSite(Delivery(server: .nginx, streams: false, release: release))
            try withLogs(of: site) { site in
                let machine = site.machine
                try machine.run(
                    """
                    openssl req -x509 -newkey rsa:2048 -nodes -keyout /etc/nginx/key.pem -out /etc/nginx/certificate.pem \\
                        -days 2 -subj /CN=localhost 2>/dev/null
                    sed -i 's|^    listen .*|&\\n    listen 127.0.0.1:8443 quic reuseport;\\n    listen 127.0.0.1:8443 ssl;\\n\\
                        http2 on;\\n    ssl_certificate /etc/nginx/certificate.pem;\\n    ssl_certificate_key /etc/nginx/key.pem;|' \\
                        /etc/nginx/conf.d/sendfile.conf
                    nginx -t
                    systemctl restart nginx
                    """)
                defer { _ = try? machine.run("systemctl stop nginx") }
                // A busy machine loses datagrams, and each loss slows an upload down: 8 MiB took up to 19 s, 1 MB far less.
                let curl = "curl --silent --show-error --insecure --http3-only --max-time 120"
                let base = "https://localhost:8443"
                let large = "\(Machine.root)/\(Corpus.large.name)"
                try machine.run(
                    """
                    test "$(\(curl) -o /tmp/a -w '%{http_version} %{http_code}' \(base)/file/\(Corpus.large.name))" = '3 200'
                    cmp /tmp/a \(large)
                    test "$(\(curl) -o /tmp/a -w '%{http_code}' -r 5-1000004 \(base)/file/\(Corpus.large.name))" = 206
                    tail -c +6 \(large) | head -c 1000000 | cmp - /tmp/a
                    tag=$(\(curl) -o /tmp/a -w '%header{etag}' \(base)/file/plain.txt)
                    test "$(\(curl) -o /tmp/a -w '%{http_code}' -H "If-None-Match: $tag" \(base)/file/plain.txt)" = 304
                    head -c 1000000 \(large) >/tmp/upload
                    test "$(\(curl) --data-binary @/tmp/upload \(base)/count)" = 1000000
                    test "$(\(curl) -X POST -T - \(base)/count </tmp/upload)" = 1000000
                    """, seconds: 600)
                let seen = try machine.run("\(curl) \(base)/parameters").split(separator: "\n")
                for line in ["SERVER_PROTOCOL=HTTP/3.0", "HTTPS=on", "REQUEST_SCHEME=https", "HTTP_HOST=localhost"] {
                    #expect(seen.contains(Substring(line)), "\(line)\n\(seen)")
                }
                // A client that disconnects cancels its own handler only.
                let journal = try machine.journal()
                let output = try machine.attempt(
                    "\(curl) --max-time 5 \(base)/wait/600000 & \(curl) \(base)/wait/2000; wait"
                ).output
                #expect(output.contains("waited"), "\(output)")
                try machine.wait("the abandoned handler is cancelled") {
                    try journal().contains("the handler was cancelled path=/wait/600000")
                }
            }
        }
    }
}
