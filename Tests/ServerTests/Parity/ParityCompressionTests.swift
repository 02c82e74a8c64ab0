import Testing

extension ServerTests {
    /// Web servers that compress responses: the same file then has two encodings, and the client's validators are not
    /// the program's.
    @Suite(.serialized) struct ParityCompressionTests {
        /// A way to compress, and the line of the configuration that it replaces.
        struct Compressor: Sendable {
            let name: String
            let coding: String
            let servers: [WebServer]
            let line: String
            let lines: String
        }

        private static let apacheLine = "LoadModule env_module /usr/lib/apache2/modules/mod_env.so"

        private static func apache(_ module: String, filter: String, coding: String) -> Compressor {
            let modules = "/usr/lib/apache2/modules"
            return Compressor(
                name: "Apache mod_\(module)", coding: coding,
                servers: [.apacheFcgid, .apacheProxyFcgi, .apacheLocalRedirect],
                line: Self.apacheLine,
                lines: """
                    \(Self.apacheLine)
                    LoadModule filter_module \(modules)/mod_filter.so
                    LoadModule \(module)_module \(modules)/mod_\(module).so
                    SetOutputFilter \(filter)
                    """)
        }

        static let all = [
            Compressor(
                name: "lighttpd mod_deflate", coding: "gzip", servers: [.lighttpd],
                line: "server.modules += ( \"mod_access\", \"mod_fastcgi\" )",
                lines: """
                    server.modules += ( "mod_access", "mod_fastcgi", "mod_deflate" )
                    deflate.mimetypes = ( "text/" )
                    deflate.allowed-encodings = ( "gzip" )
                    """),
            Compressor(
                name: "nginx gzip", coding: "gzip", servers: [.nginx], line: "    source_charset utf-8;",
                lines: "    source_charset utf-8;\n    gzip on;\n    gzip_types text/plain;"),
            Self.apache("deflate", filter: "DEFLATE", coding: "gzip"),
            Self.apache("brotli", filter: "BROTLI_COMPRESS", coding: "br"),
            Compressor(
                name: "Caddy encode", coding: "gzip", servers: [.caddy], line: "\tbind 127.0.0.1",
                lines: "\tbind 127.0.0.1\n\tencode gzip"),
        ]

        /// Large enough to be compressed by every server.
        private static let content = Array((0..<4_000).map { "line \($0) of a report\n" }.joined().utf8)

        @Test("No client receives a stale file or a mix of encodings, and the article lists the servers' behaviour")
        func compressors() throws {
            let root = try Workspace.shared.root
            try Files.write(Self.content, to: "\(root)/report.txt".utf8)
            var rows: [[String]] = []
            for compressor in Self.all {
                for server in compressor.servers {
                    for streams in server == .apacheLocalRedirect ? [false] : [false, true] {
                        let delivery = Delivery(server: server, streams: streams)
                        let site = try Site(delivery, settings: [compressor.line: compressor.lines])
                        let title = "\(compressor.name), \(delivery.testDescription)"
                        let logs = try SiteLogs(of: site)
                        let cells = try SiteScope.$current.withValue(logs) {
                            try Self.ask(site, title, compressor.coding)
                        }
                        try site.stop()
                        // lighttpd compresses only a response that is complete when it begins to send.
                        let isChance = server == .lighttpd && streams
                        rows.append(
                            [compressor.name, delivery.testDescription]
                                + (isChance
                                    ? ["none or `gzip`", "accordingly", "304", "200", "accordingly", "200, whole"]
                                    : cells))
                    }
                }
            }
            try GeneratedSection(article: ParityTable.article, name: "compression").check(
                GeneratedSection.table(
                    [
                        "what compresses", "delivery", "`Content-Encoding`", "`ETag`", "`If-None-Match` with it",
                        "`If-Match` with it",
                        "resumed with `If-Range` of the `ETag`", "of the date",
                    ], rows))
        }

        /// Sends a request as a client that accepts the coding, stores the response, and sends further requests with
        /// it.
        private static func ask(_ site: Site, _ title: String, _ coding: String) throws -> [String] {
            let accepts = ["Accept-Encoding": coding]
            let target = "/file/report.txt"
            let whole = try site.client.get(target, accepts)
            #expect(whole.status == 200, "\(title)")
            let tag = try #require(whole.field("ETag"), "\(title)")
            let encoding = whole.field("Content-Encoding")
            if encoding == nil {
                let isWhole = whole.body == Self.content
                #expect(isWhole, "\(title)")
            }
            #expect(encoding == nil || encoding == coding, "\(title)")
            let plain = try site.client.get(target)
            let isPlain = plain.body == Self.content && plain.field("Content-Encoding") == nil
            #expect(isPlain, "\(title)")
            let plainTag = try #require(plain.field("ETag"), "\(title)")
            // Two encodings never share a strong tag (RFC 9110 §8.8.3.3), but Caddy's do.
            let sharesTag = site.delivery.server == .caddy && tag == plainTag
            if encoding != nil, !sharesTag { #expect(tag != plainTag || tag.hasPrefix("W/"), "\(title): \(tag)") }

            let unchanged = try site.client.get(target, accepts.merging(["If-None-Match": tag]) { $1 })
            #expect(unchanged.status == 304, "\(title): \(tag)")
            #expect(
                unchanged.field("ETag").map { [tag, plainTag].contains($0) } ?? true, "\(title): \(unchanged.fields)")
            let changed = try site.client.get(target, accepts.merging(["If-None-Match": "\"other-gzip\""]) { $1 })
            #expect(changed.status == 200, "\(title)")
            let matched = try site.client.get(target, accepts.merging(["If-Match": tag]) { $1 })
            // A weak tag never matches (RFC 9110 §13.1.1).
            #expect(matched.status == (tag.hasPrefix("W/") ? 412 : 200), "\(title): \(tag)")

            // The client has half of the response and requests the rest with its validators.
            let date = whole.field("Last-Modified")
            var cells = [String]()
            for validator in [tag, date] {
                guard let validator else {
                    cells.append("no date")
                    continue
                }
                // A client with a tag may change its Accept-Encoding; with a date it cannot do so safely.
                for fields in validator == tag && !sharesTag ? [accepts, [:]] : [accepts] {
                    let cell = try Self.resume(
                        site, target, fields.merging(["If-Range": validator]) { $1 }, whole.body, tag,
                        "\(title), If-Range: \(validator), \(fields)")
                    if !fields.isEmpty { cells.append(cell) }
                }
            }
            // Repeat for an uncompressed download by clients that now accept compression.
            for validator in [plainTag, plain.field("Last-Modified")] {
                guard let validator else { continue }
                for fields in [accepts, [:]] {
                    _ = try Self.resume(
                        site, target, fields.merging(["If-Range": validator]) { $1 }, plain.body, plainTag,
                        "\(title), not compressed, If-Range: \(validator), \(fields)")
                }
            }
            let shownTag = tag.hasPrefix("W/") ? "weak" : tag == plainTag ? "the same" : "with a suffix"
            return [encoding ?? "none", shownTag, "\(unchanged.status)", "\(matched.status)"] + cells
        }

        /// Requests the second half of an interrupted download.
        private static func resume(
            _ site: Site, _ target: String, _ fields: [String: String], _ begun: [UInt8], _ tag: String,
            _ title: String
        ) throws -> String {
            let middle = begun.count / 2
            let rest = try site.client.get(target, fields.merging(["Range": "bytes=\(middle)-"]) { $1 })
            switch rest.status {
            case 200:
                // The whole file, in the encoding stated by the response.
                if rest.field("Content-Encoding") == nil {
                    let isWhole = rest.body == Self.content
                    #expect(isWhole, "\(title)")
                }
                return "200, whole"
            case 206 where rest.field("ETag") != tag:
                // A part of another representation, which a client must not append (RFC 9110 §15.3.7.3): lighttpd also
                // compresses parts.
                #expect(site.delivery.server == .lighttpd && site.delivery.streams, "\(title): \(rest.fields)")
                return "206, of another tag"
            case 206:
                let isRest = rest.body.elementsEqual(begun[middle...])
                #expect(isRest, "\(title): bytes of another encoding")
                return "206, the rest"
            default:
                Issue.record("\(title): \(rest.status)")
                return "\(rest.status)"
            }
        }
    }
}
