import Glibc
import Testing

extension ServerTests {
    /// The option "downloads" of each web server, and `sendfile-gate downloads`.
    @Suite struct DownloadLogTests {
        /// The web servers that send the id of a download to the client: Caddy 2.6 logs only fields that the client gets.
        private static let showsID: Set<WebServer> = [.caddy]

        @Test(
            "The joined logs know which downloads are complete",
            arguments: WebServer.allCases.map { ($0, false) } + [(.nginx, true)])
        func complete(server: WebServer, streams: Bool) throws {
            let (big, size) = DownloadSite.big
            let site = try DownloadSite(server, streams: streams)
            try withLogs(of: site.site) { _ in
                let whole = try site.get(big, user: "whole")
                #expect(whole.count == size)
                #expect(
                    whole.answer.fields.contains { $0.name.lowercased().hasSuffix("download-id") }
                        == Self.showsID.contains(server))

                _ = try site.abort(big, user: "aborted", after: 1 << 20)

                try site.get(big, user: "halves", range: "0-\(size / 2 - 1)")
                #expect(try site.get(big, user: "halves", range: "\(size / 2)-").answer.status == 206)

                let arrived = try site.abort(big, user: "resumed", after: 2 << 20)
                try site.get(big, user: "resumed", range: "\(arrived - 4096)-")

                try site.get("plain.txt", user: "asked first", method: "HEAD")
                try site.get("plain.txt", user: "asked first")

                try site.get("plain.txt", user: "parts", range: "0-1,5-6")
                try site.get("empty.txt", user: "nothing")
                try site.get("plain.txt", user: "twice")
                try site.get("missing.txt", user: "mistaken")

                let users: Set = ["whole", "aborted", "halves", "resumed", "asked first", "parts", "nothing", "twice"]
                var found = try site.downloads(of: users)
                #expect(Set(found.keys) == users)
                func check(_ user: String, complete: Bool, requests: Int, count: Int = 1) {
                    let downloads = found[user] ?? []
                    #expect(downloads.count == count, "\(user): \(downloads)")
                    for download in downloads {
                        #expect(download["complete"] == .flag(complete), "\(user): \(download)")
                        #expect(download.count("requests") == requests, "\(user): \(download)")
                        #expect(
                            (download.count("received") == download.count("size")) == complete, "\(user): \(download)")
                    }
                }
                check("whole", complete: true, requests: 1)
                check("aborted", complete: false, requests: 1)
                check("halves", complete: true, requests: 2)
                check("resumed", complete: true, requests: 2)
                check("asked first", complete: true, requests: 1)
                check("parts", complete: false, requests: 1)
                check("nothing", complete: true, requests: 1)
                check("twice", complete: true, requests: 1)
                #expect(found["parts"]?.first?.count("received") == 4)
                // The server has sent at least what arrived, and not more than the buffers of the kernel hold beside it.
                let aborted = try #require(found["aborted"]?.first?.count("received"))
                #expect(aborted > 1 << 20 - 4096)
                #expect(aborted < size)
                try site.get("plain.txt", user: "twice")
                try Deadline.wait("the second download is in the logs") {
                    found = try site.downloads(of: users)
                    return found["twice"]?.count == 2
                }
                check("twice", complete: true, requests: 1, count: 2)
            }
            try site.site.stop()
        }

        @Test("A browser's download is one, and so are the parts that a download manager fetches at the same time")
        func downloadManager() throws {
            let site = try DownloadSite(.nginx)
            let directory = try Workspace.shared.makeDirectory("aria2c")
            try withLogs(of: site.site) { _ in
                let address = "http://127.0.0.1:\(site.site.port)/file/\(DownloadSite.big.name)"
                for (program, arguments) in [
                    (
                        "aria2c",
                        ["-x8", "-s8", "-k1M", "--no-conf", "-d", directory, "-o", "a", "--header=Cookie: user=aria2c"]
                    ),
                    ("curl", ["-sS", "-o", "\(directory)/c", "-H", "Cookie: user=curl"]),
                ] {
                    let client = try ChildProcess([program] + arguments + [address], log: "\(directory)/log")
                    let end = try client.waitForEnd()
                    let output = try Files.text("\(directory)/log")
                    #expect(end == .exited(0), "\(output)")
                }
                let browser = try Browser()
                defer { try? browser.quit() }
                try browser.visit("http://127.0.0.1:\(site.site.port)/ready")
                try browser.evaluate("document.cookie = 'user=browser; path=/'")
                let saved = try browser.download { try browser.evaluate("location = '\(address)'") }
                #expect(saved.bytes.count == DownloadSite.big.size)
                let found = try site.downloads(of: ["aria2c", "curl", "browser"])
                for user in ["aria2c", "curl", "browser"] {
                    #expect(found[user]?.count == 1, "\(found[user] ?? [])")
                    #expect(found[user]?.first?["complete"] == .flag(true), "\(found[user] ?? [])")
                }
                #expect(try #require(found["aria2c"]?.first?.count("requests")) > 1)
                #expect(found["curl"]?.first?.count("requests") == 1)
            }
            try site.site.stop()
        }
    }
}
