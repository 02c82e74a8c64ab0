import Glibc
import SignedLinks
import Testing

extension ServerTests {
    /// sendfile-gate with a bucket of a real object store as its root.
    @Suite(.serialized) struct GateStoreTests {
        private static let buckets = ["s3://bucket/team", "swift://bucket/team/"]

        private static let content = ObjectCorpus.Object(key: ObjectCorpus.plain).content

        private static func withSite(
            _ bucket: String = "s3://bucket/team", _ delivery: String = "server", settings: [String: String] = [:],
            edits: [String: String] = [:], _ body: (GateStoreSite) throws -> Void
        ) throws {
            let site = try GateStoreSite(bucket: bucket, delivery: delivery, settings: settings, edits: edits)
            try withLogs(of: site, body)
            try site.stop()
        }

        /// Follows a redirect to the store.
        private static func followed(_ answer: HTTPAnswer) throws -> HTTPAnswer {
            let store = try ObjectStoreServer.shared
            #expect(answer.status == 307 && answer.field("Cache-Control") == "no-store")
            let location = try #require(answer.field("Location"))
            #expect(location.hasPrefix("\(store.endpoint)/"))
            return try HTTPClient(port: store.port).get(String(location.dropFirst(store.endpoint.count)))
        }

        /// Whether a link can name a key: no component of it is empty, `.` or `..`.
        private static func isLinkable(_ key: String) -> Bool {
            key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy {
                !$0.isEmpty && !$0.elementsEqual(".".utf8) && !$0.elementsEqual("..".utf8)
            }
        }

        @Test("A link leads to its object, in each delivery", arguments: buckets, ["server", "stream", "redirect"])
        func objects(bucket: String, delivery: String) throws {
            try Self.withSite(bucket, delivery) { site in
                let logs = try site.logsFromNow()
                for object in ObjectCorpus.all where Self.isLinkable(object.key) {
                    let answer = try site.client.get(site.link(object.key, "--name", "\u{dc}bersicht.txt"))
                    let last = delivery == "redirect" ? try Self.followed(answer) : answer
                    #expect(last.status == 200 && last.body == object.content, "\(object.key): \(last.status)")
                    // For TempURL, Ceph's only form of a name is percent-encoded.
                    let isEncoded = ObjectStoreServer.isCeph && bucket.hasPrefix("swift") && delivery == "redirect"
                    let name = isEncoded ? "filename=\"%C3%9Cbersicht.txt\"" : "filename*=UTF-8''%C3%9Cbersicht.txt"
                    #expect(last.field("Content-Disposition")?.hasSuffix(name) == true)
                    #expect(answer.field("Referrer-Policy") == "no-referrer")
                    guard delivery != "redirect" else { continue }
                    #expect(answer.field("Cache-Control") == "private")
                    #expect(answer.field("X-Content-Type-Options") == "nosniff")
                    #expect(answer.fields.allSatisfy { !$0.value.contains("X-Amz") && !$0.value.contains("temp_url") })
                }
                // A link to any other key is not made.
                for key in ["../up.txt", "double//slash.txt", "trailing/"] {
                    #expect(throws: Failure.self, "\(key)") { try site.link(key) }
                }
                #expect(try !logs().contains(ObjectStoreServer.secret))
            }
        }

        @Test("Requests get the answers of a gate to files", arguments: buckets, ["server", "stream"])
        func answers(bucket: String, delivery: String) throws {
            try Self.withSite(bucket, delivery) { site in
                let link = try site.link(ObjectCorpus.plain)
                let whole = try site.client.get(link)
                let tag = try #require(whole.field("ETag"))
                #expect(whole.field("Content-Type") == "text/plain")
                #expect(whole.field("Content-Disposition") == "attachment; filename=\"plain.txt\"")
                let part = try site.client.get(link, ["Range": "bytes=2-5"])
                #expect(part.status == 206 && part.body == Array(Self.content[2...5]))
                // Without a client of its own, the program cannot judge If-Range, and sends everything.
                let resumed = try site.client.get(link, ["Range": "bytes=2-5", "If-Range": tag])
                #expect(resumed.status == (delivery == "stream" ? 206 : 200))
                #expect(try site.client.get(link, ["If-None-Match": tag]).status == 304)
                #expect(try site.client.get(link, ["If-Match": "\"other\""]).status == 412)
                #expect(try site.client.get(link, ["Range": "bytes=9999-"]).status == 416)
                let head = try site.client.send("HEAD", link)
                #expect(head.status == 200 && head.field("Content-Length") == String(Self.content.count))
                #expect(try site.client.send("POST", link, body: .bytes([])).status == 405)
                #expect(try site.client.get("/plain.txt").status == 404)
                #expect(try site.client.get(link.replacing("plain", with: "%61%20b")).status == 404)
                #expect(try site.client.get(site.link("missing.txt")).status == 404)
                let old = try SignedLinks(keys: [LinkKey(secret: Array(GateSite.secret.utf8))]).link(
                    to: ObjectCorpus.plain, expires: .now - .seconds(60))
                #expect(try site.client.get(old).status == 410)
                // The prefix is a wall for names that a link can contain.
                for key in ["..%2fsecret", "x", "\\..\\secret"] {
                    #expect(try site.client.get(site.link(key)).status == 404, "\(key)")
                }
            }
        }

        @Test(
            "A gate without a network, as in the units of conf, serves objects unless it has to fetch them itself",
            .enabled(if: geteuid() == 0), arguments: [("server", 200), ("redirect", 307), ("stream", 502)])
        func withoutNetwork(delivery: String, status: Int) throws {
            let site = try GateStoreSite(delivery: delivery, hasNetwork: false)
            try withLogs(of: site) { (site) throws in
                #expect(try site.client.get(site.link(ObjectCorpus.plain)).status == status)
            }
            try site.stop()
        }

        @Test("An object that the program sends has the rate of its grant, and no grant for a version permits it")
        func rate() throws {
            let key = "rated.bin"
            let store = try ObjectSite.shared(.nginx).client
            let content = [UInt8](repeating: 7, count: 400_000)
            let target = "/changes\(ObjectSite.target(key))"
            #expect(try store.send("PUT", target, body: .bytes(content)).status == 201)
            defer { _ = try? store.send("DELETE", target) }
            try Self.withSite("s3://bucket/team", "stream") { site in
                let link = try site.link(key, "--grant", "query", "--rate", "200000")
                let start = ContinuousClock.now
                #expect(try site.client.get(link).body == content)
                #expect(ContinuousClock.now - start > .milliseconds(900))
                let version = try site.link(key, "--grant", "query", "--file-version", "1-2")
                #expect(try site.client.get(version).status == 404)
            }
        }

        @Test("A link in each format leads to its object") func formats() throws {
            // Two names mean one format.
            let names = LinkFormat.allNames.filter { $0 != "lighttpd-secdownload" }
            try Self.withSite(settings: ["SENDFILE_LINK_FORMAT": names.joined(separator: ",")]) { site in
                for name in names {
                    let answer = try site.client.get(
                        site.link(ObjectCorpus.plain, settings: ["SENDFILE_LINK_FORMAT": name]))
                    #expect(answer.status == 200 && answer.body == Self.content, "\(name)")
                }
            }
        }

        @Test("SENDFILE_DISPOSITION decides by the type of the key's name", arguments: ["server", "redirect"])
        func disposition(delivery: String) throws {
            try Self.withSite("s3://bucket/team", delivery, settings: ["SENDFILE_DISPOSITION": "inline"]) { site in
                for (key, expected) in [(ObjectCorpus.plain, "inline"), ("<tag>.html", "attachment")] {
                    let first = try site.client.get(site.link(key))
                    let answer = delivery == "redirect" ? try Self.followed(first) : first
                    #expect(answer.status == 200)
                    #expect(
                        (answer.field("Content-Disposition") ?? "inline").hasPrefix(expected),
                        "\(key): \(answer.fields)")
                }
            }
        }

        @Test("The web server's SENDFILE_ROOT overrides the bucket by a directory, and does not name another bucket")
        func parameter() throws {
            let line = "fastcgi_param OBJECT_DELIVERY   server;"
            let root = try Workspace.shared.root
            let name = try #require(Files.names(in: root).first { $0.hasSuffix(".txt") && !$0.contains("%") })
            for (value, key, status) in [
                (root, name, 200), (root, "colon:at@.txt", 404), ("s3://bucket/team", ObjectCorpus.plain, 200),
                ("s3://other/team", "x", 500),
            ] {
                try Self.withSite(edits: [line: "\(line)\nfastcgi_param SENDFILE_ROOT \(value);"]) { site in
                    let logs = try site.logsFromNow()
                    #expect(try site.client.get(site.link(key)).status == status, "\(value) \(key)")
                    guard status == 500 else { return }
                    try Deadline.wait("the log has the reason") {
                        try logs().contains("the FastCGI parameter SENDFILE_ROOT is")
                    }
                }
            }
        }

        @Test(
            "Behind lighttpd and Apache, a client is redirected, or the program sends the object",
            arguments: [WebServer.lighttpd, .apacheFcgid], ["redirect", "stream"])
        func servers(server: WebServer, delivery: String) throws {
            let directory = try Workspace.shared.makeDirectory("credentials")
            var settings = try GateStoreSite.settings("s3://bucket/team", directory: directory)
            settings["SENDFILE_LINK_SECRET"] = nil
            settings["OBJECT_DELIVERY"] = delivery
            let site = try GateSite.shared(.init(server: server, settings: settings))
            let run = try GateRun(
                ["link", ObjectCorpus.plain],
                environment: settings.merging(["SENDFILE_LINK_SECRET_FILE": "\(site.directory)/secret"]) { $1 })
            let answer = try site.client.get(String(run.output.dropLast()))
            let last = delivery == "redirect" ? try Self.followed(answer) : answer
            #expect(last.status == 200 && last.body == Self.content, "\(site.logs)")
        }

        @Test("A replaced file of credentials is used, and no secret is in the environment or the report")
        func credentials() throws {
            try Self.withSite { site in
                let link = try site.link(ObjectCorpus.plain)
                #expect(try site.client.get(link).status == 200)
                let file = "\(site.directory)/credentials"
                try Files.write(
                    "aws_access_key_id = test:tester\naws_secret_access_key = wrong\n", to: "\(file).new", mode: 0o444)
                #expect(rename("\(file).new", file) == 0)
                #expect(try site.client.get(link).status == 502)
            }
            var settings = try GateStoreSite.settings(
                "s3://bucket/team", directory: Workspace.shared.makeDirectory("report"))
            settings["OBJECT_CREDENTIALS_FILE"] = nil
            settings["AWS_ACCESS_KEY_ID"] = "test:tester"
            settings["AWS_SECRET_ACCESS_KEY"] = "a-secret-of-the-store"
            let run = try GateRun(["serve", "--check-settings"], environment: settings)
            #expect(run.end == .exited(0), "\(run.errors)")
            #expect(run.output.contains("SENDFILE_ROOT = s3://bucket/team (environment)\n"))
            #expect(run.output.contains("AWS_SECRET_ACCESS_KEY = not shown (environment)\n"))
            #expect(run.output.contains("Store: S3 bucket bucket at http://localhost:"), "\(run.output)")
            #expect(!run.output.contains("a-secret"))
        }

        @Test(
            "An invalid setting of a store is an error of the start that names it",
            arguments: [
                (["OBJECT_ENDPOINT": ""], "SENDFILE_ROOT is \"s3://bucket/team\", and OBJECT_ENDPOINT is not set"),
                (["OBJECT_ENDPOINT": "s3.example.org"], "OBJECT_ENDPOINT is invalid"),
                (["SENDFILE_ROOT": "s3://"], "SENDFILE_ROOT is invalid"),
                (["SENDFILE_ROOT": "swift://bucket"], "OBJECT_ENDPOINT is invalid"),
                (["SENDFILE_ROOT": "gs://bucket"], "SENDFILE_ROOT is \"gs:"),
                (["OBJECT_REGION": "eu 1"], "OBJECT_REGION is invalid"),
                (["OBJECT_ADDRESSING": "dns"], "OBJECT_ADDRESSING is \"dns\""),
                (["OBJECT_LIFE": "8d"], "OBJECT_LIFE is invalid"),
                (["OBJECT_LIFE": "soon"], "OBJECT_LIFE is \"soon\""),
                (["OBJECT_DELIVERY": "mail"], "OBJECT_DELIVERY is \"mail\""),
                (["OBJECT_URL": "/"], "OBJECT_URL is invalid"), (["OBJECT_REGIO": "x"], "OBJECT_REGION"),
                (["AWS_SECRET_ACCESS_KEY": ""], "AWS_SECRET_ACCESS_KEY is not set"),
                (["OBJECT_CREDENTIALS_FILE": "/nonexistent"], "the file /nonexistent"),
            ] as [([String: String], String)]) func settings(changes: [String: String], text: String) throws
        {
            let settings = [
                "SENDFILE_ROOT": "s3://bucket/team", "SENDFILE_LINK_SECRET": GateSite.secret,
                "OBJECT_ENDPOINT": "http://localhost:1", "AWS_ACCESS_KEY_ID": "key",
                "AWS_SECRET_ACCESS_KEY": "secret-key",
            ].merging(changes) { $1 }
            for arguments in [["serve", "--check-settings"], ["serve"]] {
                let run = try GateRun(arguments, environment: settings)
                #expect(run.end == .exited(78))
                #expect(run.errors.contains(text) && !run.errors.contains("secret-key"), "\(run.errors)")
            }
        }
    }
}
