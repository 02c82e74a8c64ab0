import Testing

extension ServerTests {
    /// The article's program, unchanged, behind each web server with the article's lines.
    @Suite(.serialized) struct ShortestConfigurationTests {
        private static let built = Result { try ShortestConfigurationSite.buildProgram() }

        @Test(
            "The shortest program and configuration send a file, whose bytes the web server sends",
            arguments: ShortestConfigurationSite.Server.allCases)
        func runs(_ server: ShortestConfigurationSite.Server) throws {
            let (program, root) = try Self.built.get()
            let site = try ShortestConfigurationSite(server, program: program, root: root)
            defer { try? site.stop() }
            _ = try site.get("/missing.pdf")
            let before = try site.bytesWritten
            let answer = try site.get(server == .apache ? "/q3%20%C3%BC.pdf" : "/q3%20100%25.pdf")
            let written = try site.bytesWritten - before
            let logs = try site.logs

            #expect(answer.status == 200, "\(logs)")
            #expect(Bytes(answer.body) == Bytes(ShortestConfigurationSite.content))
            let disposition = try ContentDispositionReader(answer.field("Content-Disposition") ?? "")
            #expect(disposition.fileName == (server == .apache ? "q3 ü.pdf" : "q3 100%.pdf"))
            #expect(before > 0, "the program was not found")
            #expect(written < 65_536)
            for (name, value) in answer.fields { #expect(!"\(name): \(value)".contains(root)) }

            #expect(try site.get("/../team/q3%20100%25.pdf").status >= 400)
            #expect(try site.get("/missing.pdf").status == 404)
            #expect(try HTTPClient(port: site.port).get("/q3%20100%25.pdf").status == 401)
        }

        /// A reader uses the lines unchanged, with or without other lines.
        @Test(
            "A claimed name gives no access with the shortest configurations",
            arguments: ShortestConfigurationSite.Server.allCases)
        func claims(_ server: ShortestConfigurationSite.Server) throws {
            let (program, root) = try Self.built.get()
            let site = try ShortestConfigurationSite(server, program: program, root: root, signsIn: false)
            defer { try? site.stop() }
            // team, with a wrong password
            let answer = try site.get("/q3%20100%25.pdf", credentials: "Basic dGVhbTp3cm9uZw==")
            #expect(answer.status == 401)
        }
    }
}
