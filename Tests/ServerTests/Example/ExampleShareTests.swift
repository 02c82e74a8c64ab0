import FastCGITesting
import Glibc
import HTTPTypes
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
}
