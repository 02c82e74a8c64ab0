import Testing

extension ServerTests {
    /// Objects behind the web servers that do not fetch them: the program sends them, or redirects to the store.
    @Suite(.serialized) struct ObjectServersTests {
        private static let places = ObjectPlace.others

        @Test("A stream through the program is the same answer behind every web server", arguments: places)
        func stream(place: ObjectPlace) throws {
            try place.withSite("stream") { site in
                let store = try ObjectStoreServer.shared
                let large = (0..<(3 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
                try store.replace("large.bin", large)
                // ObjectParityTests request every key.
                for name in ["s3", "sha256"] {
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

        @Test(
            "A web server that fetches no objects is not told a signed URL",
            arguments: [.server(.lighttpd), .server(.apacheProxyFcgi), .haproxy] as [ObjectPlace])
        func server(place: ObjectPlace) throws {
            try place.withSite("server") { site in
                let logs = try site.logsFromNow()
                let answer = try site.client.get(ObjectSite.target(ObjectCorpus.plain))
                #expect(answer.status == 500 && !answer.fields.contains { $0.name.lowercased().hasPrefix("x-object") })
                try Deadline.wait("the log has the reason") { try logs().contains("fetches no objects") }
            }
        }

        @Test("A redirect leads a client to the object behind every web server", arguments: places)
        func redirect(place: ObjectPlace) throws {
            try place.withSite("redirect") { site in
                let store = try ObjectStoreServer.shared
                for name in ["s3", "sha256"] {
                    for object in ObjectCorpus.all where !ObjectCorpus.dotted.contains(object.key) {
                        let answer = try site.client.get(ObjectSite.target(object.key, name))
                        // HAProxy sends 302 for a Location of any status.
                        #expect(answer.status == (place == .haproxy ? 302 : 307), "\(object.key)")
                        #expect(answer.field("Cache-Control") == "no-store")
                        let location = try #require(answer.field("Location"))
                        let target = String(location.dropFirst(store.endpoint.count))
                        #expect(try HTTPClient(port: store.port).get(target).body == object.content, "\(object.key)")
                    }
                }
            }
        }
    }
}
