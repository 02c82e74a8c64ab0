import Glibc
import Testing

extension ServerTests {
    /// The option "downloads" of `conf` for objects, and `sendfile-gate downloads`.
    @Suite struct ObjectDownloadTests {
        /// Objects that no other test uses, so that each has its line.
        private static let big = (key: "big \(getpid())", content: [UInt8](repeating: 7, count: 24 << 20))
        private static let small = (key: "small \(getpid())", content: Array("content of an object\n".utf8))

        /// A site of a route, with both logs.
        private static func site(_ route: ObjectRoute) throws -> (site: ObjectSite, logs: [String]) {
            let directory = try Workspace.shared.makeDirectory("downloads")
            try Files.giveToServer(directory)
            let logs = ["\(directory)/access.jsonl", "\(directory)/downloads.jsonl"]
            let site = try ObjectSite(
                route, title: "downloads of objects, \(route.rawValue)", environment: ["FASTCGI_ACCESS_LOG": logs[0]]
            ) { text in
                text.replacing(/(?m)^(?<space>[ \t]*)#downloads:/) { $0.output.space }
                    .replacing(/\/var\/log\/(nginx|caddy|apache2)\/downloads\.jsonl/, with: logs[1])
            }
            return (site, logs)
        }

        private static func downloads(_ logs: [String]) throws -> [JSON] {
            let run = try GateRun(["downloads", "--json"] + logs)
            guard run.end == .exited(0), run.errors.isEmpty else { throw Failure("\(run.end): \(run.errors)") }
            return try run.output.split(separator: "\n").map { try JSON(Array($0.utf8)) }
        }

        @Test("The joined logs know which objects have arrived", arguments: ObjectRoute.answering)
        func complete(route: ObjectRoute) throws {
            let (site, logs) = try Self.site(route)
            try withLogs(of: site) { _ in
                let (small, big) = (ObjectSite.target(Self.small.key), ObjectSite.target(Self.big.key))
                for object in [Self.small, Self.big] {
                    let stored = try site.client.send(
                        "PUT", "/changes\(ObjectSite.target(object.key))", body: .bytes(object.content))
                    #expect(stored.status == 201)
                }
                defer {
                    for key in [Self.small.key, Self.big.key] {
                        _ = try? site.client.send("DELETE", "/changes\(ObjectSite.target(key))")
                    }
                }
                // Of the first, only the store knows the size; the program knows that of the second.
                for (user, query) in [("left", "?"), ("known", "?size=\(Self.small.content.count)&etag=v1&")] {
                    func get(_ range: String?, _ method: String = "GET") throws {
                        let fields = range.map { ["Range": "bytes=\($0)"] } ?? [:]
                        let answer = try site.client.send(method, "\(small)\(query)\(user)", fields)
                        #expect(answer.status == (range == nil ? 200 : 206))
                        // Caddy logs only the fields that the client gets.
                        let showsID = answer.fields.contains { $0.name.lowercased().hasSuffix("download-id") }
                        #expect(showsID == (route == .caddy && method == "GET"))
                    }
                    try get(nil, "HEAD")
                    try get("0-4")
                    try get("5-")
                    try get(nil)
                }
                do {
                    // The end of the scope closes the connection.
                    let socket = try Socket.connected(to: .host("127.0.0.1", port: site.client.port))
                    try socket.send("GET \(big) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8)
                    var count = 0
                    while count < 1 << 20 { count += try socket.receive().count }
                }

                var found: [JSON] = []
                try Deadline.wait("the logs have the end of each download") {
                    found = try Self.downloads(logs)
                    return found.count == 5 && !found.contains { $0["complete"] == .null }
                }
                let size = Self.small.content.count
                let ofSmall = found.filter { $0["file"] == .text(Self.small.key) }
                #expect(ofSmall.allSatisfy { $0["complete"] == .flag(true) && $0.count("size") == size }, "\(found)")
                #expect(ofSmall.compactMap { $0.count("requests") }.sorted() == [1, 1, 2, 2], "\(found)")
                let aborted = try #require(found.first { $0["file"] == .text(Self.big.key) })
                #expect(aborted["complete"] == .flag(false), "\(aborted)")
                let received = try #require(aborted.count("received"))
                #expect(received > 1 << 20 - 8192 && received < Self.big.content.count, "\(aborted)")
            }
            try site.stop()
        }

        @Test("Of an object to which the client was redirected, only the store knows the end") func redirect() throws {
            let (site, logs) = try Self.site(.redirect)
            try withLogs(of: site) { _ in
                #expect(try site.client.get(ObjectSite.target(ObjectCorpus.plain)).status == 307)
                var found: [JSON] = []
                try Deadline.wait("the program has logged the redirect") {
                    found = try Self.downloads(logs)
                    return !found.isEmpty
                }
                #expect(found.count == 1 && found[0]["complete"] == .null, "\(found)")
                #expect(found[0]["file"] == .text(ObjectCorpus.plain))
            }
            try site.stop()
        }
    }
}
