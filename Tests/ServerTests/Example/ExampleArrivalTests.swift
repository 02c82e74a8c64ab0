import Glibc
import Testing

extension ServerTests {
    /// The page "Activity" of the example, with what the logs know of each download.
    @Suite struct ExampleArrivalTests {
        /// The example behind nginx, with both logs and `sendfile-gate downloads`.
        private struct Arrangement {
            let site: Site
            let follower: ChildProcess
            let size = 48 << 20

            init(streams: Bool) throws {
                let directory = try Workspace.shared.makeDirectory("arrivals")
                let program = try Workspace.install("ProtectedDownloads", in: directory)
                let examples =
                    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4).joined(separator: "/")
                    + "/Examples"
                try Files.write(try Files.text("\(examples)/ProtectedDownloads/users"), to: "\(directory)/users")
                let root = "\(directory)/files"
                for folder in ["", "/research"] { try Files.makeDirectory(root + folder) }
                try Files.writeSparse(size: self.size, marks: [0: "start"], to: "\(root)/research/film.bin")
                try Files.write("short", to: "\(root)/research/short, \"note\".txt")
                let logs = ["\(directory)/access.jsonl", "\(directory)/downloads.jsonl"]
                for log in logs { try Files.write("", to: log) }
                let owner = try ChildProcess(
                    geteuid() == 0 ? ["chown", "-R", "www-data:www-data", directory] : ["true"],
                    log: "\(directory).log")
                _ = try owner.waitForEnd()
                let arrived = "\(directory)/arrived.csv"
                // The access log alone knows streams. The window is the time after which an incomplete download is over.
                self.follower = try ChildProcess(
                    [try Workspace.shared.gate, "downloads", "--csv", "--follow", "--window", "5s"]
                        + (streams ? [logs[0]] : logs), log: arrived)
                self.site = try Site(
                    Delivery(server: .nginx, streams: streams),
                    settings: streams ? [:] : ["access_log /var/log/nginx/": "access_log \(directory)/"],
                    option: streams ? nil : "downloads",
                    program: SiteProgram(
                        path: program, root: root, readyTarget: "/sign-in",
                        environment: [
                            "SENDFILE_ROOT": root, "FASTCGI_ACCESS_LOG": logs[0], "DOWNLOADS_ARRIVED": arrived,
                        ]))
            }

            func stop() throws {
                self.follower.signal(SIGTERM)
                _ = try self.follower.waitForEnd()
                try self.site.stop()
            }

            /// The rows of the page, as text.
            func rows(_ cookie: String) throws -> [String] {
                ActivityPage.rows(try self.site.client.get("/activity", ["Cookie": cookie]).text)
            }
        }

        @Test("The page says what has arrived, of files that nginx sends and of streams", arguments: [false, true])
        func arrivals(streams: Bool) throws {
            let example = try Arrangement(streams: streams)
            let client = example.site.client
            try withLogs(of: example.site) { _ in
                let form = Array("name=ada&password=analytical+engine".utf8)
                let signedIn = try client.send(
                    "POST", "/sign-in", ["Content-Type": "application/x-www-form-urlencoded"], body: .bytes(form))
                let cookie = try #require(signedIn.fields.first { $0.name.lowercased() == "set-cookie" }?.value)
                    .prefix { $0 != ";" }
                let fields = ["Cookie": String(cookie)]
                let token = try #require(
                    try client.get("/", fields).text.firstMatch(of: /name="token" value="([^"]+)"/)
                ).output.1
                let note = "/files/research/short,%20%22note%22.txt"
                #expect(try client.get(note, fields).status == 200)
                do {
                    // The end of the scope closes the connection.
                    let socket = try Socket.connected(to: .host("127.0.0.1", port: example.site.port))
                    try socket.send(
                        "GET /files/research/film.bin HTTP/1.1\r\nHost: localhost\r\nCookie: \(cookie)\r\n\r\n".utf8)
                    var count = 0
                    while count < 1 << 20 { count += try socket.receive().count }
                }
                let shared = try client.send(
                    "POST", "/share/research/film.bin",
                    fields.merging(["Content-Type": "application/x-www-form-urlencoded"]) { $1 },
                    body: .bytes(Array("lifetime=day&token=\(token)".utf8)))
                let link = try #require(
                    shared.text.firstMatch(of: /<textarea [^>]*>http:\/\/[^\/]+([^<]+)</)
                ).output.1.replacing("&amp;", with: "&")
                let page = try client.get(String(link)).text
                let download = try #require(page.firstMatch(of: /href="(\/shared-file\/[^"]+)"/)).output.1
                    .replacing("&amp;", with: "&")
                var received = 0
                let guest = try client.send("GET", String(download), [:]) { received += $0.count }
                #expect(guest.status == 200 && received == example.size)

                var rows: [String] = []
                try Deadline.wait("the page knows the end of each download: \(rows)", seconds: 120) {
                    rows = try example.rows(String(cookie))
                    return rows.count == 4 && !rows.contains { $0.contains("not known") }
                }
                // The newest first; that a file was shared is no download.
                #expect(rows[0].hasPrefix("A guest of ada downloaded film.bin") && rows[0].contains(" complete "))
                #expect(rows[1].hasPrefix("ada shared film.bin") && !rows[1].contains("complete"))
                #expect(rows[2].hasPrefix("ada downloaded film.bin") && rows[2].contains(" MiB of 48 MiB "), "\(rows)")
                #expect(rows[3].hasPrefix("ada downloaded short") && rows[3].contains(" complete "), "\(rows)")
            }
            try example.stop()
        }
    }
}
