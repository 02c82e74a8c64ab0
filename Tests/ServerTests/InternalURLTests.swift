import Testing

extension ServerTests {
    /// Several directories at several internal locations of one nginx.
    @Suite struct InternalURLTests {
        private static let nginx = Delivery(server: .nginx, streams: false)

        /// The line of the configuration before which other locations are inserted.
        private static let anchor = "    location ^~ /protected/ {"

        /// A location that names itself in a header field.
        private static func location(_ path: String, _ directory: String) -> String {
            "location \(path) { internal; alias \"\(directory)/\"; add_header X-Location \(path); }\n"
        }

        /// Directories below the root, each with one file.
        private static let directories = Result {
            let root = try Workspace.shared.root
            for name in ["mapped", "mapped,and=100%", "mapped-not", "mapped/deep"] {
                try Files.makeDirectory("\(root)/\(name)")
                try Files.write("in \(name)", to: "\(root)/\(name)/a b.txt")
            }
            return root
        }

        @Test("A mapping gives each directory its own location, and files outside of all are streamed")
        func mapping() throws {
            let root = try Self.directories.get()
            let site = try Site(
                Self.nginx,
                settings: [
                    "fastcgi_param SENDFILE_URL      /protected/;":
                        "fastcgi_param SENDFILE_MAPPING \"\(root)/mapped/=/files-a/, \(root)/mapped%2Cand%3D100%25/ = files-b, "
                        + "\(root)/mapped/deep/=/files-c/\";",
                    Self.anchor: Self.location("/files-a/", "\(root)/mapped")
                        + Self.location("/files-b/", "\(root)/mapped,and=100%")
                        + Self.location("/files-c/", "\(root)/mapped/deep") + Self.anchor,
                ])
            for (name, location) in [
                ("mapped", "/files-a/"), ("mapped,and=100%", "/files-b/"), ("mapped/deep", "/files-c/"),
                ("mapped-not", nil),
            ] {
                let sizes = site.logSizes
                let answer = try site.client.get("/file/\(FileName(Array("\(name)/a b.txt".utf8)).percentEncoded)")
                #expect(answer.status == 200)
                #expect(answer.text == "in \(name)")
                #expect(answer.field("X-Location") == location)
                let reason = "streamed instead: no directory in SENDFILE_MAPPING contains it"
                #expect(site.logs(from: sizes).contains(reason) == (location == nil))
            }
            // The mapping's internal locations are closed to clients.
            #expect(try site.client.get("/files-a/a%20b.txt").status == 404)
            try site.stop()
        }

        @Test("A mapping in the environment from Apache works for local redirects")
        func redirected() throws {
            let root = try Self.directories.get()
            let site = try Site(
                Delivery(server: .apacheLocalRedirect, streams: false),
                settings: [
                    "FcgidInitialEnv SENDFILE_URL /protected/":
                        "FcgidInitialEnv SENDFILE_MAPPING \"\(root)/mapped/=/protected/mapped/\""
                ])
            for (name, isMapped) in [("mapped", true), ("mapped-not", false)] {
                let sizes = site.logSizes
                let answer = try site.client.get("/file/\(name)/a%20b.txt")
                #expect(answer.text == "in \(name)")
                let reason = "streamed instead: no directory in SENDFILE_MAPPING contains it"
                #expect(site.logs(from: sizes).contains(reason) != isMapped)
            }
            try site.stop()
        }

        @Test("Two roots have one location each")
        func twoRoots() throws {
            let second = try Workspace.shared.makeDirectory("second")
            try Files.write("in the second root", to: "\(second)/plain.txt")
            let site = try Site(
                Self.nginx,
                settings: [
                    "fastcgi_param SENDFILE_URL      /protected/;":
                        "fastcgi_param SENDFILE_URL /protected/; fastcgi_param SECOND_ROOT \"\(second)\";",
                    Self.anchor: Self.location("/second-files/", second) + Self.anchor,
                ])
            let first = try site.client.get("/file/plain.txt")
            #expect(first.body == Corpus.content(of: "plain.txt"))
            #expect(first.field("X-Location") == nil)
            let other = try site.client.get("/second/plain.txt")
            #expect(other.text == "in the second root")
            #expect(other.field("X-Location") == "/second-files/")
            #expect(try site.client.get("/second/team/report.txt").status == 404)
            try site.stop()
        }

        @Test("An internal location may be below the mount path of the application")
        func relativeToScript() throws {
            let root = try Workspace.shared.root
            let site = try Site(
                Self.nginx,
                settings: [
                    "fastcgi_param SCRIPT_NAME       \"\";":
                        "fastcgi_split_path_info ^(/app)(/.*)$; fastcgi_param SCRIPT_NAME /app;",
                    "fastcgi_param PATH_INFO         $uri;": "fastcgi_param PATH_INFO $fastcgi_path_info;",
                    "fastcgi_param SENDFILE_URL      /protected/;":
                        "fastcgi_param SENDFILE_URL SCRIPT_NAME/-internal-/;",
                    Self.anchor: Self.location("/app/-internal-/", root) + Self.anchor,
                ])
            let answer = try site.client.get("/app/plain.txt")
            #expect(answer.body == Corpus.content(of: "plain.txt"))
            #expect(answer.field("X-Location") == "/app/-internal-/")
            #expect(try site.client.get("/app/100%2525.txt").body == Corpus.content(of: "100%25.txt"))
            #expect(try site.client.get("/app/-internal-/plain.txt").status == 404)
            #expect(try site.client.get("/app").status == 404)
            #expect(try site.client.get("/app/").body == Corpus.content(of: "index.html"))
            try site.stop()
        }
    }
}
