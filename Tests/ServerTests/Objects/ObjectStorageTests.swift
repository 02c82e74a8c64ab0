import Glibc
import Testing

extension ServerTests {
    /// Objects of a real OpenStack Swift, by both protocols, fetched by web servers, by the program or by the client itself.
    @Suite(.serialized) struct ObjectStorageTests {
        private static let protocols = ["s3", "sha1", "sha256", "sha512"]

        /// The signature is the program's, so the other digests need no second web server.
        private static func protocols(_ route: ObjectRoute) -> [String] {
            route == .nginx || route == .stream ? self.protocols : ["s3", "sha256"]
        }

        private static let answering = ObjectRoute.answering.flatMap { route in
            Self.protocols(route).map { (route, $0) }
        }

        private static func withSite(_ route: ObjectRoute, _ body: (ObjectSite) throws -> Void) throws {
            try withLogs(of: ObjectSite.shared(route), body)
        }

        private static let content = ObjectCorpus.Object(key: ObjectCorpus.plain).content

        /// What a database would know of the plain object.
        private static let known = "size=\(content.count)&etag=v1&modified=1767268800"

        /// The fields that a response with an object may have.
        private static let clientFields: Set<String> = [
            "server", "date", "connection", "content-type", "content-length", "content-disposition", "content-range",
            "cache-control",
            "etag", "last-modified", "accept-ranges", "content-language", "x-frame-options", "set-cookie",
        ]

        // ObjectParityTests request every key from the other web servers.
        @Test("Every key arrives with its own bytes", arguments: [.nginx, .stream] as [ObjectRoute], protocols)
        func names(route: ObjectRoute, protocol: String) throws {
            try Self.withSite(route) { site in
                for object in ObjectCorpus.all {
                    let answer = try site.client.get(ObjectSite.target(object.key, `protocol`))
                    #expect(answer.status == 200 && answer.body == object.content, "\(object.key): \(answer.status)")
                }
            }
        }

        @Test("No key leads to an object outside of the prefix", arguments: answering)
        func wall(route: ObjectRoute, protocol: String) throws {
            try Self.withSite(route) { site in
                for key in [
                    "../secret", "../team-2/x.txt", "../../other/team/x", "/../secret", "..%2fsecret", "-2/x.txt", "x",
                    "..", ".",
                    "a/../../secret", "\\..\\secret", "../secret?", "../secret#", "plain.txt?versionId=null",
                    "plain.txt\n",
                ] {
                    let answer = try site.client.get(ObjectSite.target(key, `protocol`))
                    #expect(answer.status == 404, "\(key): \(answer.status)")
                    #expect(!answer.text.contains("outside"))
                }
            }
        }

        @Test(
            "A client sees the same answer as for a file",
            arguments: [
                ("GET", [:], 200), ("HEAD", [:], 200), ("GET", ["Range": "bytes=2-5"], 206),
                ("GET", ["Range": "bytes=-4"], 206),
                ("GET", ["Range": "bytes=9999-"], 416), ("GET", ["If-None-Match": "\"v1\""], 304),
                ("GET", ["If-None-Match": "\"v0\""], 200), ("GET", ["If-Match": "\"v0\""], 412),
                ("GET", ["If-Match": "\"v1\""], 200),
                ("GET", ["If-Modified-Since": "Thu, 01 Jan 2026 12:00:00 GMT"], 304),
                ("GET", ["If-Unmodified-Since": "Thu, 01 Jan 2026 11:00:00 GMT"], 412),
                ("GET", ["Range": "bytes=2-5", "If-Range": "\"v1\""], 206),
                ("GET", ["Range": "bytes=2-5", "If-Range": "\"v0\""], 200), ("POST", [:], 405), ("DELETE", [:], 405),
            ] as [(String, [String: String], Int)]) func known(method: String, fields: [String: String], status: Int)
            throws
        {
            for route in ObjectRoute.answering {
                try Self.withSite(route) { site in
                    for name in Self.protocols(route) {
                        let target = ObjectSite.target(ObjectCorpus.plain, name, query: "\(Self.known)&attachment=1")
                        let answer = try site.client.send(method, target, fields)
                        #expect(answer.status == status, "\(name)")
                        if status < 300 {
                            #expect(answer.field("ETag") == "\"v1\"")
                            #expect(answer.field("Last-Modified") == "Thu, 01 Jan 2026 12:00:00 GMT")
                            #expect(answer.field("Content-Type") == "text/plain")
                            #expect(
                                answer.field("Content-Disposition")
                                    == "attachment; filename=\"Bericht _ber _Q3_.txt\"; filename*=UTF-8''Bericht%20%C3%BCber%20%22Q3%22.txt"
                            )
                            #expect(answer.field("Cache-Control") == "private")
                            #expect(answer.field("Accept-Ranges") == "bytes")
                            #expect(answer.field("Content-Language") == "en")
                            #expect(answer.field("X-Frame-Options") == "DENY")
                            #expect(answer.field("Set-Cookie") == "seen=1")
                        }
                        let ranges = ["bytes=2-5": 2..<6, "bytes=-4": Self.content.count - 4..<Self.content.count]
                        let range = status == 206 ? ranges[fields["Range"] ?? ""] : nil
                        if status == 206 {
                            let range = try #require(range)
                            #expect(
                                answer.field("Content-Range")
                                    == "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(Self.content.count)")
                        }
                        if status == 200 || status == 206 {
                            let body = Self.content[range ?? 0..<Self.content.count]
                            #expect(answer.field("Content-Length") == String(body.count))
                            #expect(answer.body == (method == "HEAD" ? [] : Array(body)))
                            let unknown = answer.fields.map { $0.name.lowercased() }.filter {
                                !Self.clientFields.contains($0)
                            }
                            #expect(unknown.isEmpty, "\(name)")
                        }
                        if status == 416 { #expect(answer.field("Content-Range") == "bytes */\(Self.content.count)") }
                    }
                }
            }
        }

        @Test(
            "What the store was asked decides conditions and ranges, with the store's validators", arguments: answering)
        func asked(route: ObjectRoute, protocol: String) throws {
            try Self.withSite(route) { site in
                let target = ObjectSite.target(ObjectCorpus.plain, `protocol`, query: "asked=60")
                let whole = try site.client.get(target)
                let tag = try #require(whole.field("ETag"))
                let date = try #require(whole.field("Last-Modified"))
                #expect(whole.status == 200 && whole.body == Self.content)
                #expect(whole.field("Content-Length") == String(Self.content.count))
                let size = Self.content.count
                for (method, fields, status) in [
                    ("HEAD", [:], 200), ("GET", ["If-None-Match": tag], 304), ("GET", ["If-Modified-Since": date], 304),
                    ("GET", ["If-Match": "\"other\""], 412), ("GET", ["If-Match": tag], 200),
                    ("GET", ["Range": "bytes=9999-"], 416),
                    ("GET", ["Range": "bytes=2-5"], 206), ("GET", ["Range": "bytes=2-5", "If-Range": tag], 206),
                    ("GET", ["Range": "bytes=2-5", "If-Range": "\"other\""], 200), ("PUT", [:], 405),
                ] as [(String, [String: String], Int)] {
                    let answer = try site.client.send(method, target, fields)
                    #expect(answer.status == status, "\(method) \(fields)")
                    if status == 206 {
                        #expect(answer.body == Array(Self.content[2...5]))
                        #expect(answer.field("Content-Range") == "bytes 2-5/\(size)")
                    }
                    if status < 300 { #expect(answer.field("ETag") == tag && answer.field("Last-Modified") == date) }
                }
                #expect(
                    try site.client.get(ObjectSite.target("missing.txt", `protocol`, query: "asked=60")).status == 404)
            }
        }

        @Test(
            "An object that is replaced after the store was asked is never sent under the old validators",
            arguments: ObjectRoute.answering)
        func replaced(route: ObjectRoute) throws {
            try Self.withSite(route) { site in
                let store = try ObjectStoreServer.shared
                let key = "replaced-\(route.rawValue).txt"
                try store.replace(key, Array("first version".utf8))
                let target = ObjectSite.target(key, query: "asked=3")
                let first = try site.client.get(target)
                let tag = try #require(first.field("ETag"))
                #expect(first.text == "first version")
                try store.replace(key, Array("another".utf8))
                if route.isFetching { #expect(try site.client.get(target, ["Range": "bytes=5-"]).status == 412) }
                try Deadline.wait("the new version is sent") {
                    let answer = try site.client.get(target)
                    guard answer.status == 200 else {
                        #expect(answer.status == 412 && route.isFetching)
                        return false
                    }
                    #expect(answer.text == "another" && answer.field("ETag") != tag)
                    return true
                }
            }
        }

        @Test("Where the store judges, a client gets its validators and can use them", arguments: answering)
        func left(route: ObjectRoute, protocol: String) throws {
            try Self.withSite(route) { site in
                let target = ObjectSite.target(ObjectCorpus.plain, `protocol`)
                let whole = try site.client.get(target)
                let tag = try #require(whole.field("ETag"))
                let date = try #require(whole.field("Last-Modified"))
                #expect(whole.status == 200 && whole.body == Self.content)
                #expect(whole.field("Content-Type") == "text/plain" && whole.field("Content-Disposition") == nil)
                let unknown = whole.fields.map { $0.name.lowercased() }.filter { !Self.clientFields.contains($0) }
                #expect(unknown.isEmpty)
                let head = try site.client.send("HEAD", target)
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.field("Content-Length") == String(Self.content.count))
                #expect(try site.client.get(target, ["If-None-Match": tag]).status == 304)
                #expect(try site.client.get(target, ["If-Modified-Since": date]).status == 304)
                #expect(try site.client.get(target, ["If-Match": "\"other\""]).status == 412)
                #expect(try site.client.get(target, ["Range": "bytes=9999-"]).status == 416)
                let part = try site.client.get(target, ["Range": "bytes=2-5"])
                #expect(part.status == 206 && part.body == Array(Self.content[2...5]))
                let parts = try site.client.get(target, ["Range": "bytes=0-1,4-5"])
                #expect(parts.status == 200 && parts.body == Self.content)
                #expect(try site.client.send("POST", target).status == 405)
                #expect(try site.client.get(ObjectSite.target("missing.txt", `protocol`)).status == 404)
            }
        }

        @Test(
            "Nothing of the client's request reaches the store, and no client reaches the internal location",
            arguments: ObjectRoute.answering)
        func clientFields(route: ObjectRoute) throws {
            try Self.withSite(route) { site in
                let fields = [
                    "Authorization": "AWS4-HMAC-SHA256 Credential=x", "Cookie": "session=1",
                    "X-Amz-Security-Token": "x",
                    "X-Amz-Date": "20200101T000000Z", "X-Auth-Token": "x", "X-Newest": "true",
                    "X-Object-Store-URL": "http://localhost/x",
                    "X-Object-Store-Range": "bytes=0-1", "Expect": "", "Accept-Encoding": "gzip",
                ]
                for name in Self.protocols(route) {
                    let answer = try site.client.get(
                        ObjectSite.target(ObjectCorpus.plain, name, query: Self.known), fields)
                    #expect(answer.status == 200 && answer.body == Self.content)
                }
                for target in ["/object-store/", "/object-store", "/object-store/x"] {
                    #expect(try site.client.get(target, fields).status == 404)
                }
            }
        }

        @Test("A redirect leads a client to the object, with the fields that the store can send", arguments: protocols)
        func redirect(protocol: String) throws {
            try Self.withSite(.redirect) { site in
                let store = HTTPClient(port: try ObjectStoreServer.shared.port)
                for object in ObjectCorpus.all {
                    let target = ObjectSite.target(object.key, `protocol`, query: "\(Self.known)&attachment=1")
                    for method in ["GET", "HEAD"] {
                        let answer = try site.client.send(method, target)
                        guard !ObjectCorpus.dotted.contains(object.key) else {
                            #expect(answer.status == 404, "\(object.key)")
                            continue
                        }
                        #expect(answer.status == 307 && answer.field("Cache-Control") == "no-store", "\(object.key)")
                        let location = try #require(answer.field("Location"))
                        let path = location.dropFirst(try ObjectStoreServer.shared.endpoint.count)
                        let fetched = try store.send(method, String(path))
                        #expect(fetched.status == 200, "\(object.key): \(fetched.text)")
                        #expect(fetched.body == (method == "GET" ? object.content : []))
                        let disposition = try #require(fetched.field("Content-Disposition"))
                        #expect(
                            disposition.hasPrefix("attachment;")
                                && disposition.contains("Bericht%20%C3%BCber%20%22Q3%22.txt"))
                        guard `protocol` == "s3" else { continue }
                        #expect(fetched.field("Cache-Control") == "private")
                        #expect(
                            fetched.field("Content-Type")
                                == (object.key.hasSuffix(".txt") ? "text/plain" : fetched.field("Content-Type")))
                    }
                }
            }
        }
    }
}
