import Testing

extension ServerTests {
    @Suite struct DownloadTests {
        @Test(
            "A permitted download has the exact bytes, which the program sends only if it streams",
            arguments: Delivery.all
        )
        func allowed(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let program = try site.program()
                let before = try program.bytesWritten
                let answer = try site.client.get("/private/\(Corpus.large.name)", ["Cookie": "user=alice"])
                let written = try program.bytesWritten - before

                #expect(answer.status == 200)
                #expect(Bytes(answer.body) == Bytes(Corpus.large.content))
                #expect(answer.field("Content-Length") == String(Corpus.large.content.count))
                if delivery.streams {
                    #expect(written >= Corpus.large.content.count)
                } else {
                    #expect(written < 65_536)
                }
            }
        }

        @Test(
            "A download is 401 without a user and 403 for another user, without a byte of the file",
            arguments: Delivery.all
        )
        func denied(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let anonymous = try site.client.get("/private/plain.txt")
                #expect(anonymous.status == 401)
                #expect(anonymous.field("WWW-Authenticate") != nil)
                #expect(!anonymous.text.contains("content of"))

                let other = try site.client.get("/private/plain.txt", ["Cookie": "user=mallory"])
                #expect(other.status == 403)
                #expect(!other.text.contains("content of"))
            }
        }

        @Test("A file of 1 GiB arrives complete without growth of the program's memory", arguments: Delivery.all)
        func huge(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let program = try site.program()
                let before = try program.peakMemory
                let comparison = try FileComparison(path: "\(try Workspace.shared.root)/\(Corpus.huge.name)")
                let answer = try site.client.send("GET", "/file/\(Corpus.huge.name)", [:]) { try comparison.take($0) }

                #expect(answer.status == 200)
                #expect(comparison.length == Corpus.huge.size)
                #expect(comparison.isEqual)
                #expect(try program.peakMemory - before < Workspace.shared.toleratedGrowth)
            }
        }

        @Test(
            "The response to HEAD has the header of GET and no body", arguments: Delivery.all,
            ["/file/large.bin", "/ready"])
        func head(_ delivery: Delivery, target: String) throws {
            try withSite(delivery) { site in
                let get = try site.client.get(target)
                let head = try site.client.send("HEAD", target)
                #expect(head.status == 200)
                #expect(head.body.isEmpty)
                for name in ["Content-Type", "Content-Length", "ETag", "Last-Modified"] where head.field(name) != nil {
                    #expect(head.field(name) == get.field(name))
                }
            }
        }

        @Test("An empty file is answered with 200 and no bytes", arguments: Delivery.all)
        func empty(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let answer = try site.client.get("/file/empty.txt")
                #expect(answer.status == 200)
                #expect(answer.body.isEmpty)
            }
        }

        @Test("Header fields that a handler adds to a file reach the client", arguments: Delivery.all)
        func decorated(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let answer = try site.client.get("/decorated/plain.txt?attachment")
                #expect(answer.status == 200)
                #expect(answer.body == Corpus.content(of: "plain.txt"))
                #expect(answer.field("Content-Disposition")?.hasPrefix("attachment") == true)
                for (name, value) in [
                    ("Content-Language", "ja"), ("Content-Security-Policy", "sandbox"),
                    ("X-Content-Type-Options", "nosniff"), ("X-Frame-Options", "DENY"),
                    ("Referrer-Policy", "no-referrer"), ("X-Robots-Tag", "noindex"), ("Vary", "Cookie"),
                    ("Cache-Control", "private, max-age=60"), ("Set-Cookie", "seen=1"),
                    ("Link", "</terms>; rel=\"license\""), ("Cross-Origin-Resource-Policy", "same-origin"),
                    ("Cross-Origin-Opener-Policy", "same-origin"), ("Cross-Origin-Embedder-Policy", "require-corp"),
                    ("Timing-Allow-Origin", "*"), ("Access-Control-Allow-Origin", "https://example.org"),
                    ("Access-Control-Allow-Credentials", "true"), ("Access-Control-Expose-Headers", "ETag"),
                ] {
                    #expect(answer.field(name) == value, "\(name)")
                }
            }
        }
    }
}
