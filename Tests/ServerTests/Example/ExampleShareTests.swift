import FastCGITesting
import Glibc
import HTTPTypes
import SystemPackage
import Testing

@testable import ProtectedDownloads

/// The file and the user that a link of the example is bound to.
@Suite struct ExampleShareTests {
    private let example: ExampleHandler
    private let file: String
    private let link: String

    init() async throws {
        self.example = try ExampleHandler()
        self.file = "\(self.example.root)/research/a.txt"
        try Files.write("shared", to: self.file)
        let ada = try await self.example.ada()
        let response = try await self.example.respond(
            to: .init(
                .post, "/share/research/a.txt", headerFields: [.cookie: ada.cookies],
                body: Array("lifetime=day&token=\(ada.token)".utf8)))
        let url = try #require(response.text.firstMatch(of: /<textarea [^>]*>https:\/\/localhost([^<]+)</)).output.1
        self.link = String(url).replacing("&amp;", with: "&")
    }

    /// The result for a visitor: the status of the page and of the file.
    private func status() async throws -> [Int] {
        let page = try await self.example.get(self.link)
        guard page.status == .ok else { return [page.status.code] }
        let download = try #require(page.text.firstMatch(of: /class="button" href="([^"]+)"/)).output.1
        return [
            page.status.code, try await self.example.get(String(download).replacing("&amp;", with: "&")).status.code,
        ]
    }

    private func inode(_ path: String) -> UInt64 {
        var status = stat()
        return stat(path, &status) == 0 ? UInt64(status.st_ino) : 0
    }

    @Test("A link does not become valid for another file of the name with the same inode number")
    func anotherFile() async throws {
        #expect(try await self.status() == [200, 200])
        let inode = self.inode(self.file)
        try Files.remove(self.file)
        #expect(try await self.status() == [404])
        // File systems reuse inode numbers, most of them at once.
        for number in 0..<200 where self.inode(self.file) != inode {
            if number > 0 { try #require(rename(self.file, "\(self.file).\(number)") == 0) }
            try Files.write("secret", to: self.file)
        }
        #expect(try await self.status() == [404])
        for use in ["shared-file", "shared-view"] {
            #expect(try await self.example.get(self.link.replacing("/shared/", with: "/\(use)/")).status == .notFound)
        }
    }

    @Test("A link remains valid if the file's content, mode or number of hard links changes")
    func sameFile() async throws {
        let descriptor = open(self.file, O_WRONLY | O_TRUNC)
        try #require(descriptor >= 0)
        try #require(write(descriptor, "edited", 6) == 6)
        close(descriptor)
        try #require(chmod(self.file, 0o600) == 0)
        try #require(Glibc.link(self.file, "\(self.file).backup") == 0)
        #expect(try await self.status() == [200, 200])
    }

    @Test("A link ends with its creator, and does not become valid for another user of the name")
    func anotherUser() async throws {
        let lines = try Files.text(self.example.users).split(separator: "\n")
        let others = lines.filter { !$0.hasPrefix("ada:") }
        let ada = try #require(lines.first { $0.hasPrefix("ada:") })
        let grace = try #require(lines.first { $0.hasPrefix("grace:") })
        let session = try await self.example.ada().cookies
        // A version of the users file, and the resulting status of the link and of the first ada's session.
        for (users, link, page) in [
            (others, [404], 401),
            (others + [grace.replacing("grace:finance", with: "ada:research")[...]], [404], 401),
            (others + [ada], [200, 200], 200),
            (others + [ada.replacing("research", with: "finance")[...]], [404], 200),
        ] {
            try Files.write(users.joined(separator: "\n") + "\n", to: self.example.users)
            #expect(try await self.status() == link)
            #expect(try await self.example.get("/", cookies: session).status.code == page)
        }
    }

    // MARK: Shares that are ended, limited, and show who used them

    /// A new share of `a.txt`, with a number of guests.
    private func share(_ guests: String = "all") async throws -> (page: String, download: String, id: String) {
        let ada = try await self.example.ada()
        let response = try await self.example.respond(
            to: .init(
                .post, "/share/research/a.txt", headerFields: [.cookie: ada.cookies],
                body: Array("lifetime=day&guests=\(guests)&token=\(ada.token)".utf8)))
        let url = try #require(response.text.firstMatch(of: /<textarea [^>]*>https:\/\/localhost([^<]+)</)).output.1
        let page = String(url).replacing("&amp;", with: "&")
        let shown = try await self.example.get(page).text
        let download = try #require(shown.firstMatch(of: /class="button" href="([^"]+)"/)).output.1
        let id = try #require(response.text.firstMatch(of: /name="id" value="([0-9a-f]{16})"/)).output.1
        return (page, String(download).replacing("&amp;", with: "&"), String(id))
    }

    private func get(
        _ target: String, from address: String, cookies: String = "", _ method: HTTPRequest.Method = .get,
        range: String? = nil
    ) async throws -> TestResponse {
        var fields: HTTPFields = [.cookie: cookies]
        fields[.range] = range
        var request = TestRequest(method, target, headerFields: fields)
        request.remoteAddress = address
        return try await self.example.respond(to: request)
    }

    private func end(_ id: String, _ name: String, _ password: String, hasToken: Bool = true) async throws -> Int {
        let cookies = ExampleHandler.cookies(try await self.example.signIn(name, password))
        let page = try await self.example.get("/", cookies: cookies).text
        let token = try #require(page.firstMatch(of: /name="token" value="([^"]+)"/)).output.1
        return try await self.example.respond(
            to: .init(
                .post, "/end-share/research/a.txt", headerFields: [.cookie: cookies],
                body: Array("id=\(id)\(hasToken ? "&token=\(token)" : "")".utf8))
        ).status.code
    }

    @Test("A share ends when its creator ends it, and other shares of the file do not") func ended() async throws {
        let (share, other) = (try await self.share(), try await self.share())
        #expect(try await self.end(share.id, "ada", "analytical+engine", hasToken: false) == 403)
        #expect(try await self.end("0123456789abcdef", "ada", "analytical+engine") == 404)
        // A member of the team who has not made it.
        #expect(try await self.end(share.id, "margaret", "to+the+moon") == 404)
        #expect(try await self.get(share.download, from: "192.0.2.1").status == .ok)
        #expect(try await self.end(share.id, "ada", "analytical+engine") == 303)
        for target in [share.page, share.download] {
            let answer = try await self.get(target, from: "192.0.2.1")
            #expect(answer.status == .gone)
            #expect(answer.text.contains("This link has been ended"))
            #expect(try await self.get(target, from: "192.0.2.1", .head).status == .gone)
        }
        #expect(try await self.get(other.download, from: "192.0.2.1").status == .ok)
        #expect(try await self.status() == [200, 200])
        #expect(try self.example.log().count { $0.contains("link-ended\tada\tresearch\ta.txt") } == 1)
    }

    @Test("A limited share is for as many guests as it permits, and its page shows nothing of the file")
    func limited() async throws {
        let share = try await self.share("five")
        #expect(try await !self.example.get(share.page).text.contains("shared</"))
        for use in ["shared-view", "shared-preview"] {
            let target = share.download.replacing("/shared-file/", with: "/\(use)/")
            #expect(try await self.get(target, from: "192.0.2.1").status == .notFound)
        }
        // Neither is a use: no byte of the file, and the creator.
        let ada = try await self.example.ada()
        #expect(try await self.get(share.download, from: "192.0.2.90", .head).status == .ok)
        #expect(try await self.get(share.download, from: "192.0.2.91", range: "bytes=99-").status.code == 416)
        #expect(try await self.get(share.download, from: "192.0.2.92", cookies: ada.cookies).status == .ok)
        try await withThrowingTaskGroup(of: Int.self) { group in
            for number in 1...16 {
                group.addTask { try await self.get(share.download, from: "192.0.2.\(number)").status.code }
            }
            let statuses = try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            #expect(statuses == [200: 5, 410: 11])
        }
        let refused = try await self.get(share.download, from: "198.51.100.1")
        #expect(refused.status == .gone && refused.text.contains("This link has been used up"))
        // A refused download is not an action.
        #expect(try self.example.log().count { $0.contains("downloaded-by-link") } == 6)
        // The limit is a part of what is signed.
        #expect(try await self.example.get(share.download.replacing(".5/", with: ".6/")).status == .notFound)
        #expect(try await self.example.get(share.download.replacing(".5/", with: "/")).status == .notFound)
    }

    @Test("The file's page shows the guests who have used a share, to its creator only") func guests() async throws {
        let share = try await self.share("five")
        for address in ["192.0.2.7", "2001:db8::7", "192.0.2.7"] {
            #expect(try await self.get(share.download, from: address).status == .ok)
        }
        let ada = try await self.example.ada()
        let page = try await self.example.get("/view/research/a.txt", cookies: ada.cookies).text
        #expect(page.contains("2 of 5 guests"))
        for client in ["192.0.2.7, <time", "2001:db8::/64, <time"] { #expect(page.contains(client), "\(client)") }
        #expect(page.contains("End this link"))
        let cookies = ExampleHandler.cookies(try await self.example.signIn("margaret", "to+the+moon"))
        let colleague = try await self.example.get("/view/research/a.txt", cookies: cookies).text
        #expect(!colleague.contains("192.0.2.7"))
        // Another process knows the same.
        #expect(try await self.end(share.id, "ada", "analytical+engine") == 303)
        let site = try ProtectedDownloads.Site(
            Settings(
                root: FilePath(self.example.root), users: FilePath(self.example.users),
                state: FilePath(self.example.state), uploadLimit: 1 << 20))
        let other = HandlerTest { try await site.respond(to: $0) }
        #expect(try await other.respond(to: TestRequest(.get, share.download)).status == .gone)
        let later = TestRequest(.get, "/view/research/a.txt", headerFields: [.cookie: ada.cookies])
        #expect(try await other.respond(to: later).text.contains(", ended: "))
    }
}
