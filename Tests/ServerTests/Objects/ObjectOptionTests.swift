import Glibc
import Testing

extension ServerTests {
    /// The options of `conf/nginx/object-storage.conf`, and connections to the store.
    @Suite(.serialized) struct ObjectOptionTests {
        /// Switches an option on, as the comment of the configuration says.
        ///
        /// - Parameter own: Values of the option and their replacements.
        private static func site(
            _ option: String, _ own: [String: String], store: String? = nil, environment: [String: String] = [:]
        ) throws -> ObjectSite {
            try ObjectSite(
                title: "objects with the option \(option)", store: store, environment: environment,
                edit: { text in
                    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
                    let count = lines.count { $0.hasPrefix("#\(option):") }
                    #expect(count > 1)
                    lines.removeAll { $0.hasSuffix(" # not with \(option)") }
                    lines = lines.map { $0.hasPrefix("#\(option):") ? String($0.dropFirst(option.count + 2)) : $0 }
                    var text = lines.joined(separator: "\n")
                    for (value, replacement) in own {
                        #expect(text.contains(value))
                        text.replace(value, with: replacement)
                    }
                    return text
                })
        }

        private static func requests(_ store: FailingStore, from size: Int) throws -> Int {
            try Files.text(store.log, from: size).split(separator: "\n").count { $0.hasPrefix("GET ") }
        }

        @Test("A cached object is sent without the store, whole and in ranges, until it is replaced") func cache()
            throws
        {
            let directory = try Workspace.shared.makeDirectory("cache")
            let site = try Self.site("cache", ["/var/cache/nginx/objects": "\(directory)/objects"])
            let store = try ObjectStoreServer.shared
            let content = (0..<(5 << 19)).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 4) }
            try withLogs(of: site) { site in
                try store.replace("cached.bin", content)
                let target = ObjectSite.target("cached.bin", query: "asked=3600")
                // The first request stores only the slices that it needs.
                let part = try site.client.get(target, ["Range": "bytes=1048000-1049000"])
                #expect(part.status == 206 && part.body == Array(content[1_048_000...1_049_000]))
                let whole = try site.client.get(target)
                #expect(whole.status == 200 && whole.body == content)
                let tag = try #require(whole.field("ETag"))
                #expect(whole.values("ETag").count == 1 && whole.values("Last-Modified").count == 1)
                #expect(whole.field("Content-Type") == "application/octet-stream")

                try store.remove("cached.bin")
                #expect(try site.client.get(ObjectSite.target("cached.bin")).status == 404)
                let again = try site.client.get(target)
                #expect(again.status == 200 && again.body == content && again.field("ETag") == tag)
                let range = try site.client.get(target, ["Range": "bytes=2000000-", "If-Range": tag])
                #expect(range.status == 206 && range.body == Array(content[2_000_000...]))
                #expect(range.field("Content-Range") == "bytes 2000000-\(content.count - 1)/\(content.count)")

                // Another version has another ETag. What the store judges is not stored.
                try store.replace("cached.bin", Array("another version".utf8))
                let other = try site.client.get(ObjectSite.target("cached.bin", query: "asked=0"))
                #expect(other.text == "another version" && other.field("ETag") != tag)
                for text in ["left once", "left twice"] {
                    try store.replace("cached.bin", Array(text.utf8))
                    #expect(try site.client.get(ObjectSite.target("cached.bin")).text == text)
                }
            }
            try site.stop()
        }

        @Test("The store receives one request for a cached object, however often its URL is signed") func cacheKey()
            throws
        {
            let directory = try Workspace.shared.makeDirectory("cache")
            let store = try FailingStore()
            let site = try Self.site(
                "cache", ["/var/cache/nginx/objects": "\(directory)/objects"], store: "127.0.0.1:\(store.port)")
            try withLogs(of: site) { site in
                var signatures: Set<String> = []
                let size = Files.size(store.log)
                // Each key has a signature of its own, and that of one object changes with every second.
                let start = try site.client.get(ObjectSite.target("sliced", query: "size=10&etag=x"))
                #expect(start.text == "0123456789")
                try Deadline.wait("another signature") {
                    let answer = try site.client.get(ObjectSite.target("sliced", query: "size=10&etag=x"))
                    #expect(answer.text == "0123456789")
                    let redirect = try ObjectSite.shared(.redirect).client.get(ObjectSite.target("sliced"))
                    signatures.insert(redirect.field("Location") ?? "")
                    return signatures.count > 1
                }
                #expect(try Self.requests(store, from: size) == 1)
                #expect(try site.client.get(ObjectSite.target("sliced", query: "size=10&etag=y")).text == "0123456789")
                #expect(try Self.requests(store, from: size) == 2)
            }
            try site.stop()
            try store.stop()
        }

        @Test("The store's name is resolved while nginx runs") func resolver() throws {
            let port = try Address.freePort()
            let log = "\(try Workspace.shared.makeDirectory("resolver"))/names.log"
            let resolver = try ChildProcess(
                ["\(CodeBlock.package)/Tests/ServerTests/Objects/resolver", String(port)], log: log)
            let store = try ObjectStoreServer.shared
            // Ceph takes any other host for that of a bucket.
            let host = ObjectStoreServer.isCeph ? "localhost" : "store.example"
            let site = try Self.site(
                "resolver", ["127.0.0.53": "127.0.0.1:\(port)", "https://$object_host": "http://$object_host"],
                store: "127.0.0.1:1", environment: ["STORE": "http://\(host):\(store.port)"])
            try withLogs(of: site) { site in
                let answer = try site.client.get(ObjectSite.target(ObjectCorpus.plain))
                #expect(answer.body == ObjectCorpus.Object(key: ObjectCorpus.plain).content)
                #expect(try Files.text(log).contains(host))
            }
            try site.stop()
            resolver.signal(SIGKILL)
            _ = try resolver.waitForEnd()
        }

        @Test("The reason of a failure is in a log of its own, and no log has a signed URL") func log() throws {
            let directory = try Workspace.shared.makeDirectory("log")
            let site = try Self.site(
                "log", ["/var/log/nginx/objects.log": "\(directory)/objects.log"], store: "127.0.0.1:1")
            try withLogs(of: site) { site in
                let logs = try site.logsFromNow()
                #expect(try site.client.get(ObjectSite.target(ObjectCorpus.plain)).status == 502)
                try Deadline.wait("the log has the reason") {
                    try Files.text("\(directory)/objects.log").contains(": 127.0.0.1:1 status 200 : 502 after")
                }
                for text in [try logs(), try Files.text("\(directory)/objects.log")] {
                    #expect(!text.contains("X-Amz-") && !text.contains("testing"))
                }
            }
            try site.stop()
        }

        @Test("A request is repeated at another address of the store that accepts no connection") func retries() throws
        {
            let port = try ObjectStoreServer.shared.port
            let refusing = try Address.freePort()
            let line = "server 127.0.0.1:\(port);"
            let settings = ObjectRoute.nginx.plain.merging([line: "server 127.0.0.1:\(refusing);\n\(line)"]) { $1 }
            let site = try ObjectSite(title: "objects of a store with two addresses", settings: settings)
            try withLogs(of: site) { site in
                for _ in 0..<4 {
                    let answer = try site.client.get(ObjectSite.target(ObjectCorpus.plain))
                    #expect(answer.body == ObjectCorpus.Object(key: ObjectCorpus.plain).content)
                }
            }
            try site.stop()
        }

        @Test("Connections to the store are used again", arguments: ObjectRoute.answering)
        func keepAlive(route: ObjectRoute) throws {
            let store = try FailingStore()
            let site = try store.site(route, isImpatient: false)
            try withLogs(of: site) { site in
                let size = Files.size(store.log)
                var connection = KeptConnection(to: site.client)
                for _ in 0..<30 {
                    // Apache uses a connection again for the same client only.
                    if route != .apache { connection = KeptConnection(to: site.client) }
                    #expect(try connection.send("GET", ObjectSite.target("kept")).text == "0123456789")
                }
                let lines = try Files.text(store.log, from: size).split(separator: "\n")
                #expect(lines.count { $0.hasPrefix("GET ") } == 30)
                // Each process of a web server has connections of its own.
                #expect(lines.count { $0 == "connected" } < 15)
            }
            try site.stop()
            try store.stop()
        }
    }
}
