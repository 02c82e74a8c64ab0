import Glibc
import Testing

extension ServerTests {
    /// The code of the articles about frameworks, run by the frameworks behind web servers with the gate.
    @Suite(.serialized) struct FrameworkTests {
        /// A name, its form in a URL, and its media type.
        private static let files = [
            ("100%25.txt", "100%2525.txt", "text/plain"), ("ü b.pdf", "%C3%BC%20b.pdf", "application/pdf"),
            ("a&b.txt", "a%26b.txt", "text/plain"),
        ]

        /// Creates the files in a directory below the root.
        private static let folder = Result {
            let folder = "\(try Workspace.shared.root)/migration"
            try Files.makeDirectory(folder)
            for (name, _, _) in Self.files { try Files.write("content of \(name)", to: "\(folder)/\(name)") }
        }

        private static func site(_ framework: SiteFramework) throws -> MigratedSite {
            try Self.folder.get()
            return try MigratedSite.shared(framework)
        }

        @Test("Each framework that this release of Debian has is installed")
        func installed() throws {
            let log = "\(try Workspace.shared.makeDirectory("packages"))/log"
            let packages = SiteFramework.allCases.flatMap { $0.packages.keys }
            let query = try ChildProcess(["apt-cache", "policy"] + packages, log: log)
            #expect(try query.waitForEnd() == .exited(0))
            let known = try Files.text(log)
            for framework in SiteFramework.allCases {
                // Each package that the release has begins a paragraph.
                guard framework.packages.keys.allSatisfy({ known.contains("\($0):\n") }) else { continue }
                #expect(framework.isInstalled, "apt-get install \(framework.packages.keys.joined(separator: " "))")
            }
        }

        @Test(
            "A user who may have a file gets its bytes, name and type from the gate", arguments: SiteFramework.installed
        )
        func allowed(_ framework: SiteFramework) throws {
            let site = try Self.site(framework)
            let cookies = try site.signIn("ada")
            for (name, encoded, type) in Self.files {
                let answer = try site.get(framework.target("migration/\(encoded)"), cookies: cookies)
                #expect(answer.status == 200, "\(name)\n\(site.logs)")
                #expect(String(decoding: answer.body, as: UTF8.self) == "content of \(name)")
                #expect(answer.target.hasPrefix("/downloads/migration/\(encoded)?expires="), "\(answer.target)")
                #expect(answer.heads.count == 2)
                #expect(answer.heads.first?["cache-control"]?.contains("no-store") == true)
                let head = try #require(answer.heads.last)
                #expect(head["content-type"]?.hasPrefix(type) == true, "\(head)")
                #expect(head["cache-control"] == "private")
                #expect(try ContentDispositionReader(head["content-disposition"] ?? "").fileName == name)
                #expect(head["x-sendfile"] == nil && head["x-accel-redirect"] == nil)
            }
        }

        @Test("A range of a file that the site redirects to is a part of it", arguments: SiteFramework.installed)
        func range(_ framework: SiteFramework) throws {
            let site = try Self.site(framework)
            let target = framework.target("migration/\(Self.files[1].1)")
            let answer = try site.get(target, cookies: site.signIn("ada"), "--range", "3-6")
            #expect(answer.status == 206)
            #expect(String(decoding: answer.body, as: UTF8.self) == "tent")
        }

        @Test("A user who may not have a file gets the framework's 403", arguments: SiteFramework.installed)
        func forbidden(_ framework: SiteFramework) throws {
            let site = try Self.site(framework)
            let cookies = try site.signIn("bob")
            for code in [MigratedSite.Code.before, .after] {
                let answer = try site.get(framework.target("migration/a%26b.txt", code), cookies: cookies)
                #expect(answer.status == 403, "\(site.logs)")
                #expect(answer.heads.count == 1)
                #expect(!String(decoding: answer.body, as: UTF8.self).contains("content of"))
            }
        }

        @Test("A client that has not signed in is sent to the sign-in page", arguments: SiteFramework.installed)
        func anonymous(_ framework: SiteFramework) throws {
            let site = try Self.site(framework)
            let cookies = "\(try Workspace.shared.makeDirectory("cookies"))/none"
            let answer = try site.get(framework.target("migration/a%26b.txt"), cookies: cookies, follows: false)
            #expect(answer.status == 302, "\(site.logs)")
            #expect(answer.heads.first?["location"]?.contains(framework.signIn("").path) == true, "\(answer.heads)")
        }

        @Test("A link of the site that has expired is answered with 410", arguments: SiteFramework.installed)
        func expired(_ framework: SiteFramework) throws {
            let site = try Self.site(framework)
            let target = framework.target("migration/a%26b.txt", .expired)
            let answer = try site.get(target, cookies: site.signIn("ada"))
            #expect(answer.status == 410, "\(site.logs)")
            #expect(answer.target.hasPrefix("/downloads/migration/a%26b.txt?"))
        }

        @Test(
            "The code before the change sends the same bytes, except a file that the article names",
            arguments: SiteFramework.installed)
        func before(_ framework: SiteFramework) throws {
            let site = try Self.site(framework)
            let cookies = try site.signIn("ada")
            for (name, encoded, _) in Self.files {
                let answer = try site.get(framework.target("migration/\(encoded)", .before), cookies: cookies)
                #expect(answer.heads.count == 1)
                guard name != framework.lostFile else {
                    #expect(answer.status == 404)
                    continue
                }
                #expect(answer.status == 200, "\(name)\n\(site.logs)")
                #expect(String(decoding: answer.body, as: UTF8.self) == "content of \(name)")
            }
        }

        @Test("The application for Rack redirects to the gate", .enabled(if: SiteFramework.rails.isInstalled))
        func rack() throws {
            let site = try Self.site(.rails)
            for (name, encoded, _) in Self.files {
                let answer = try site.get("/rack/migration/\(encoded)", cookies: site.signIn("ada"))
                #expect(String(decoding: answer.body, as: UTF8.self) == "content of \(name)", "\(site.logs)")
                #expect(answer.target.hasPrefix("/downloads/migration/\(encoded)?"))
            }
            #expect(try site.get("/rack/migration/a%26b.txt", cookies: site.signIn("bob")).status == 403)
        }
    }
}
