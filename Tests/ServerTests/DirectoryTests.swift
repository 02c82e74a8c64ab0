import Testing

extension ServerTests {
    /// A responder for all files below a directory.
    @Suite struct DirectoryTests {
        @Test("Every file is served under its own name, with its header fields", arguments: Delivery.all)
        func names(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                for name in Corpus.names {
                    let answer = try site.client.get("/directory/\(name.percentEncoded)", ["Cookie": "user=alice"])
                    #expect(answer.status == 200, "\(name.testDescription)")
                    #expect(answer.body == Corpus.content(of: name), "\(name.testDescription)")
                    #expect(answer.field("Content-Security-Policy") == "sandbox")
                    #expect(answer.field("Content-Language") == (name.bytes.contains(0x2F) ? "ja" : "en"))
                }
                let saved = try site.client.get("/directory/plain.txt?attachment")
                #expect(saved.field("Content-Disposition") == "attachment; filename=\"plain.txt\"")
            }
        }

        @Test(
            "A user without access does not receive a file, in any spelling of its URL",
            arguments: Delivery.allWithBothWalls)
        func denied(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                for target in ["/directory/team/report.txt", "/directory/%74eam/report.txt"] {
                    let answer = try site.client.get(target)
                    #expect(answer.status == 403, "\(target)")
                    #expect(answer.body != Corpus.content(of: "team/report.txt"))
                    #expect(try site.client.get(target, ["Cookie": "user=alice"]).status == 200)
                }
                for target in [
                    "/directory/./team/report.txt", "/directory/%2e/team/report.txt", "/directory//team/report.txt",
                    "/directory/%2fteam/report.txt", "/directory/x/../team/report.txt",
                    "/directory/x/%2e%2e/team/report.txt", "/directory/team%2Freport.txt",
                    "/directory/team/./report.txt", "/directory/team//report.txt", "/directory/.//team/report.txt",
                ] {
                    let answer = try site.client.get(target)
                    #expect([400, 403, 404].contains(answer.status), "\(target)")
                    #expect(answer.body != Corpus.content(of: "team/report.txt"))
                }
            }
        }

        @Test(
            "A directory supports only GET and HEAD, and has no listing and one index file",
            arguments: Delivery.allWithBothWalls)
        func rest(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                for method in ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"] {
                    let answer = try site.client.send(
                        method, "/directory/plain.txt", body: method == "POST" ? .bytes([]) : .none)
                    #expect(answer.status == 405)
                    #expect(answer.field("Allow") == "GET, HEAD")
                }
                let head = try site.client.send("HEAD", "/directory/plain.txt")
                #expect(head.status == 200 && head.body.isEmpty)
                #expect(head.field("Content-Length") == "20")
                #expect(try site.client.get("/directory/").body == Corpus.content(of: "index.html"))
                for target in [
                    "/directory", "/directory/long/", "/directory/long", "/directory/missing.txt",
                    "/directory/plain.txt/",
                    "/directory/link-out.txt", "/directory/pipe", "/directory/%00", "/directory/plain.txt%00",
                    "/directoryplain.txt", "/directory/../plain.txt",
                ] {
                    let answer = try site.client.get(target)
                    #expect([400, 404].contains(answer.status), "\(target): \(answer.status)")
                }
                let part = try site.client.get("/directory/plain.txt", ["Range": "bytes=2-5"])
                #expect(part.status == 206 && part.text == "nten")
                #expect(try site.client.get("/directory/plain.txt", ["If-None-Match": "*"]).status == 304)
            }
        }

        @Test("The mount path of an application in Apache is not part of the file's path")
        func mounted() throws {
            let program = try Workspace.shared.program
            let site = try Site(
                Delivery(server: .apacheFcgid, streams: false),
                settings: ["Alias \"/\" \"\(program)/\"": "Alias \"/app\" \"\(program)\"\nAlias \"/\" \"\(program)/\""])
            let parameters = try site.client.get("/app/plain.txt")
            #expect(parameters.body == Corpus.content(of: "plain.txt"))
            #expect(try site.client.get("/app/100%2525.txt").body == Corpus.content(of: "100%25.txt"))
            #expect(try site.client.get("/app/").body == Corpus.content(of: "index.html"))
            #expect(try site.client.get("/app").status == 404)
            #expect(try site.client.get("/app/app/plain.txt").status == 404)
            try site.stop()
        }
    }
}
