import Testing

extension ServerTests {
    /// Uploads over HTTP/2 to Apache, with and without a length.
    @Suite struct HTTP2UploadTests {
        private static let deliveries: [Delivery] = [.apacheFcgid, .apacheProxyFcgi].map {
            Delivery(server: $0, streams: false)
        }

        @Test(
            "A body arrives completely over HTTP/2, with known or unknown length, and at any speed",
            arguments: deliveries)
        func upload(_ delivery: Delivery) throws {
            let module = "LoadModule alias_module /usr/lib/apache2/modules/mod_alias.so\n"
            let site = try Site(
                delivery,
                settings: [
                    module:
                        "\(module)LoadModule http2_module /usr/lib/apache2/modules/mod_http2.so\nProtocols h2c http/1.1\n"
                ])
            defer { try? site.stop() }
            let body = String((0..<30_000).map { "0123456789abcdef"[$0 % 16] })
            let file = "\(site.directory)/body"
            try Files.write(body, to: file, mode: 0o644)
            for (input, options) in [
                ("cat \(file)", "--data-binary @\(file)"), ("cat \(file)", "-T -"),
                ("(head -c 10000 \(file); sleep 0.2; tail -c +10001 \(file))", "-T -"),
                // No data at first.
                ("(sleep 0.2; head -c 1 \(file); sleep 0.2; tail -c +2 \(file))", "-T -"),
            ] {
                let answer = "\(site.directory)/answer"
                let curl =
                    "curl --silent --show-error --max-time 60 --http2-prior-knowledge -X POST \(options) "
                    + "-w '%{stderr}%{http_code} %{http_version}' -o \(answer) http://127.0.0.1:\(site.port)/echo"
                let log = try "\(Workspace.shared.makeDirectory("curl"))/log"
                let process = try ChildProcess(["sh", "-c", "\(input) | \(curl)"], log: log)
                #expect(try process.waitForEnd() == .exited(0), "\(options)")
                #expect(try Files.text(log) == "200 2", "\(input) \(options)")
                #expect(try Files.text(answer) == body, "\(input) \(options)")
            }
            #expect(try site.client.send("POST", "/count", body: .bytes(Array(body.utf8))).text == "30000")
        }
    }
}

extension String {
    fileprivate subscript(index: Int) -> Character { self[self.index(self.startIndex, offsetBy: index)] }
}
