import Testing

extension ServerTests {
    /// Objects behind the web servers that do not fetch them: the program sends them, or redirects to the store.
    @Suite(.serialized) struct ObjectServersTests {
        private static let servers: [WebServer] = [.lighttpd, .apacheFcgid, .apacheProxyFcgi, .caddy]

        /// A site whose program has this delivery.
        private static func withSite(_ server: WebServer, _ delivery: String, _ body: (Site) throws -> Void) throws {
            let variables = [
                "OBJECT_DELIVERY": delivery, "STORE": try ObjectStoreServer.shared.endpoint, "FASTCGI_STDERR": "1",
            ]
            // lighttpd and mod_fcgid start the program with the variables of their configuration.
            let settings: [String: String] =
                switch server {
                case .lighttpd:
                    [
                        "\"SENDFILE_BACKEND\" => \"stream\",": variables.map { "\"\($0)\" => \"\($1)\"," }
                            .joined(separator: "\n")
                    ]
                case .apacheFcgid:
                    [
                        "FcgidInitialEnv SENDFILE_BACKEND stream": variables.map { "FcgidInitialEnv \($0) \"\($1)\"" }
                            .joined(separator: "\n")
                    ]
                default: [:]
                }
            let program = SiteProgram(
                path: try ObjectSite.program.get(), root: try Workspace.shared.root, readyTarget: "/ready",
                environment: variables)
            let site = try Site(Delivery(server: server, streams: true), settings: settings, program: program)
            try withLogs(of: site, body)
            try site.stop()
        }

        @Test("A stream through the program is the same answer behind every web server", arguments: servers)
        func stream(server: WebServer) throws {
            try Self.withSite(server, "stream") { site in
                let store = try ObjectStoreServer.shared
                let large = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
                try store.replace("large.bin", large)
                for name in ObjectStoreServer.protocols(of: ["s3", "sha256"]) {
                    for object in ObjectCorpus.all {
                        let answer = try site.client.get(ObjectSite.target(object.key, name))
                        #expect(
                            answer.status == 200 && answer.body == object.content, "\(object.key): \(answer.status)")
                    }
                    for query in ["asked=60", "size=\(large.count)&etag=v1"] {
                        let target = ObjectSite.target("large.bin", name, query: query)
                        let whole = try site.client.get(target)
                        #expect(whole.status == 200 && whole.body == large)
                        #expect(whole.field("Content-Length") == String(large.count))
                        let tag = try #require(whole.field("ETag"))
                        let part = try site.client.get(target, ["Range": "bytes=1000000-2000000", "If-Range": tag])
                        #expect(part.status == 206 && part.body == Array(large[1_000_000...2_000_000]))
                        #expect(part.field("Content-Range") == "bytes 1000000-2000000/\(large.count)")
                        #expect(try site.client.get(target, ["If-None-Match": tag]).status == 304)
                        #expect(try site.client.get(target, ["If-Match": "\"other\""]).status == 412)
                        #expect(try site.client.get(target, ["Range": "bytes=9999999-"]).status == 416)
                        let head = try site.client.send("HEAD", target)
                        #expect(head.status == 200 && head.body.isEmpty)
                        #expect(head.field("Content-Length") == String(large.count))
                        #expect(try site.client.send("DELETE", target).status == 405)
                    }
                    #expect(try site.client.get(ObjectSite.target("missing", name)).status == 404)
                }
            }
        }

        @Test("A redirect leads a client to the object behind every web server", arguments: servers)
        func redirect(server: WebServer) throws {
            try Self.withSite(server, "redirect") { site in
                let store = try ObjectStoreServer.shared
                for name in ObjectStoreServer.protocols(of: ["s3", "sha256"]) {
                    for object in ObjectCorpus.all where !ObjectCorpus.dotted.contains(object.key) {
                        let answer = try site.client.get(ObjectSite.target(object.key, name))
                        #expect(answer.status == 307 && answer.field("Cache-Control") == "no-store", "\(object.key)")
                        let location = try #require(answer.field("Location"))
                        let target = String(location.dropFirst(store.endpoint.count))
                        #expect(try HTTPClient(port: store.port).get(target).body == object.content, "\(object.key)")
                    }
                }
            }
        }
    }
}
