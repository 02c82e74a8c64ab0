import Glibc
import SignedLinks
import Testing

/// sendfile-gate behind the web servers, configured by the files of `conf`.
@Suite(.serialized) struct GateTests {
    /// Every web server with every link format; lighttpd-secdownload is an alias of one of them.
    static let setups = GateSite.servers.flatMap { server in
        LinkFormat.allNames.filter { $0 != "lighttpd-secdownload" }.map { GateSite.Setup(server: server, format: $0) }
    }

    @Test(
        "A link returns the exact bytes, sent by the web server, to be saved under the file's name", arguments: setups
    )
    func download(_ setup: GateSite.Setup) throws {
        let site = try GateSite.shared(setup)
        let link = try site.link(Corpus.large.name)
        _ = try site.client.get(link)
        let before = try site.programs.map { try $0.bytesWritten }.reduce(0, +)
        let answer = try site.client.get(link)
        let written = try site.programs.map { try $0.bytesWritten }.reduce(0, +) - before

        #expect(answer.status == 200)
        #expect(Bytes(answer.body) == Bytes(Corpus.large.content))
        #expect(answer.field("Content-Disposition") == "attachment; filename=\"large.bin\"")
        #expect(answer.field("Cache-Control") == "private")
        #expect(answer.field("X-Content-Type-Options") == "nosniff")
        #expect(answer.field("Referrer-Policy") == "no-referrer")
        #expect(answer.field("X-Sendfile") == nil)
        #expect(!(try site.programs.isEmpty))
        #expect(written < 65_536)
    }

    @Test("A link supports HEAD and a range", arguments: setups)
    func headAndRange(_ setup: GateSite.Setup) throws {
        let site = try GateSite.shared(setup)
        let link = try site.link(Corpus.large.name)
        let head = try site.client.send("HEAD", link)
        #expect(head.status == 200)
        #expect(head.body.isEmpty)
        #expect(head.field("Content-Length") == String(Corpus.large.content.count))

        let range = try site.client.get(link, ["Range": "bytes=1000-1999"])
        #expect(range.status == 206)
        #expect(Bytes(range.body) == Bytes(Array(Corpus.large.content[1000..<2000])))
        let validator = try #require(head.field("ETag"))
        #expect(try site.client.get(link, ["If-None-Match": validator]).status == 304)
    }

    @Test("An expired link is answered with 410 and a page, without a byte of the file", arguments: setups)
    func expired(_ setup: GateSite.Setup) throws {
        let site = try GateSite.shared(setup)
        let link = try site.link("plain.txt", "--expires", "@1600000000")
        let answer = try site.client.get(link)
        #expect(answer.status == 410)
        #expect(answer.field("Content-Type") == "text/html; charset=utf-8")
        #expect(answer.field("Cache-Control") == "no-store")
        #expect(answer.text.contains("This link has expired"))
        #expect(!answer.text.contains("content of"))
        let head = try site.client.send("HEAD", link)
        #expect(head.status == 410)
        #expect(head.body.isEmpty)
    }

    @Test("A changed or truncated link returns no file", arguments: setups)
    func tampered(_ setup: GateSite.Setup) throws {
        let site = try GateSite.shared(setup)
        let link = try site.link("plain.txt", "--expires", "30m")
        #expect(try site.client.get(link).text == "content of plain.txt")
        let letters = Array(link)
        for index in letters.indices.dropFirst() {
            var changed = letters
            // Hexadecimal digits are not case-sensitive.
            changed[index] = letters[index] == "5" ? "6" : "5"
            let answer = try site.client.get(String(changed))
            #expect(answer.status == 404 || answer.status == 410, "\(String(changed)) gave \(answer.status)")
            #expect(!answer.text.contains("content of"))
            let cut = try site.client.get(String(letters[..<index]))
            #expect(cut.status == 404 || cut.status == 410, "\(String(letters[..<index])) gave \(cut.status)")
        }
        for path in ["/plain.txt", "/", "/plain.txt?", "//plain.txt", "/protected/plain.txt", "/link-out.txt"] {
            #expect(try site.client.get(path).status == 404, "\(path)")
        }
    }

    @Test("Only GET and HEAD are supported", arguments: GateSite.servers)
    func methods(_ server: WebServer) throws {
        let site = try GateSite.shared(.init(server: server))
        let link = try site.link("plain.txt")
        for method in ["POST", "PUT", "DELETE"] {
            let answer = try site.client.send(method, link, [:], body: .bytes(Array("x=1".utf8)))
            #expect(answer.status == 405, "\(method)")
            #expect(answer.field("Allow") == "GET, HEAD")
            #expect(!answer.text.contains("content of"))
        }
    }

    @Test("A link to a path that is not a file, or outside the root, is answered with 404", arguments: GateSite.servers)
    func noFile(_ server: WebServer) throws {
        let site = try GateSite.shared(.init(server: server))
        for path in ["nowhere.txt", "team", "link-out.txt", "link-directory/secret.txt", "pipe"] {
            let answer = try site.client.get(try site.link(path))
            #expect(answer.status == 404, "\(path)")
            #expect(answer.text.contains("Page not found"))
        }
    }

    /// The log's location is documented in the article ReadyMadeGate. Standard error of lighttpd and of the program are
    /// files here.
    @Test("The reason for a refused link is in the program's log", arguments: GateSite.servers)
    func reason(_ server: WebServer) throws {
        let site = try GateSite.shared(.init(server: server))
        let link = try site.link("plain.txt", "--expires", "@5")
        #expect(try site.client.get(link).status == 410)
        let log = [.lighttpd: "server.log", .nginx: "program.log"][server] ?? "error.log"
        let reason = "answered with 410: the link has expired"
        let deadline = time(nil) + Socket.patience
        while !(try Files.text("\(site.directory)/\(log)")).contains(reason), time(nil) < deadline { usleep(5_000) }
        #expect(try Files.text("\(site.directory)/\(log)").contains(reason), "\(site.logs)")
        if log != "error.log" { #expect(!(try Files.text("\(site.directory)/error.log").contains(reason))) }
    }

    @Test("The secret is in no command line, no environment and no log", arguments: setups)
    func secrecy(_ setup: GateSite.Setup) throws {
        let site = try GateSite.shared(setup)
        let link = try site.link("plain.txt")
        _ = try site.client.get(link)
        _ = try site.client.get("\(link)x")
        #expect(!site.logs.contains(GateSite.secret))
        for pid in try Files.names(in: "/proc").compactMap({ pid_t($0) }) {
            for file in ["cmdline", "environ"] {
                let text = (try? Files.text("/proc/\(pid)/\(file)")) ?? ""
                #expect(!text.contains(GateSite.secret), "/proc/\(pid)/\(file)")
            }
        }
    }

    @Test("A secret from the environment is erased from /proc")
    func environmentIsWiped() throws {
        let directory = try Workspace.shared.makeDirectory("wiped")
        let address = Address.unix(path: "\(directory)/gate.sock")
        let process = try ChildProcess(
            [try Workspace.shared.gate, "serve"],
            environment: [
                "FASTCGI_LISTEN": address.description, "SENDFILE_LINK_SECRET": GateSite.secret,
                "SENDFILE_ROOT": try Workspace.shared.root,
            ], log: "\(directory)/program.log")
        try RunningProgram(process: process, address: address).waitUntilListening()
        let environment = try Files.text("/proc/\(process.pid)/environ")
        #expect(environment.contains("FASTCGI_LISTEN="))
        #expect(!environment.contains(GateSite.secret))
        process.signal(SIGTERM)
        #expect(try process.waitForEnd() == .exited(0))
        #expect(!(try Files.text(process.log).contains(GateSite.secret)))
    }

    @Test(
        "A gate for a part of the site has its prefix, its status path, and files that are shown",
        arguments: GateSite.servers, [false, true])
    func prefix(_ server: WebServer, isPart: Bool) throws {
        let site = try GateSite.shared(
            .init(
                server: server,
                settings: [
                    "SENDFILE_LINK_PREFIX": "/downloads/", "SENDFILE_STATUS_PATH": "/downloads/status",
                    "SENDFILE_DISPOSITION": "inline",
                ], isPart: isPart))
        let link = try site.link("team/report.txt")
        #expect(link.hasPrefix("/downloads/"))
        let answer = try site.client.get(link)
        #expect(answer.status == 200)
        #expect(answer.text == "content of team/report.txt")
        #expect(answer.field("Content-Disposition") == nil)
        #expect(try site.client.get(String(link.dropFirst("/downloads".count))).status == 404)
        #expect(try site.client.get(link.replacing("/downloads/", with: "/downloadsx/")).status == 404)
        let status = try site.client.get("/downloads/status")
        #expect(status.field("Content-Type") == "application/json")
        #expect(status.text.contains("\"stopping\":false"))
    }

    @Test(
        "A file that can run scripts in the site's origin is saved with inline, whatever fields the web server keeps",
        arguments: GateSite.servers)
    func activeContent(_ server: WebServer) throws {
        let site = try GateSite.shared(.init(server: server, settings: ["SENDFILE_DISPOSITION": "inline"]))
        let all = try GateSite.shared(.init(server: server, settings: ["SENDFILE_DISPOSITION": "inline-all"]))
        for (suffix, isShown) in [
            ("html", false), ("HTM", false), ("svg", false), ("svgz", false), ("xhtml", false), ("xml", false),
            ("xsl", false), ("atom", false), ("js", false), ("css", false), ("ics", false), ("unknown", false),
            ("", false),
            ("txt", true), ("csv", true), ("json", true), ("pdf", true), ("png", true), ("jpg", true), ("webp", true),
            ("mp4", true), ("webm", true), ("mp3", true),
        ] {
            let name = "active \(server.software)" + (suffix.isEmpty ? "" : ".\(suffix)")
            let path = "\(try Workspace.shared.root)/\(name)"
            try Files.write("<script>alert(document.cookie)</script>", to: path)
            defer { try? Files.remove(path) }
            for saved in [name, "other.txt"] {
                let link = try site.link(name, "--name", saved)
                for fields in [[:], ["Range": "bytes=0-9"]] {
                    let answer = try site.client.get(link, fields)
                    #expect(answer.status == (fields.isEmpty ? 200 : 206), "\(suffix)")
                    let isSaved = answer.field("Content-Disposition")?.hasPrefix("attachment") == true
                    #expect(isSaved != isShown, "\(suffix)")
                    #expect(answer.field("X-Content-Type-Options") == "nosniff")
                }
            }
            let shown = try all.client.get(try all.link(name))
            #expect(shown.status == 200)
            #expect(shown.field("Content-Disposition") == nil, "\(suffix)")
            #expect(shown.field("X-Content-Type-Options") == "nosniff")
        }
        #expect(try site.client.get("/nothing").field("X-Content-Type-Options") == "nosniff")
    }

    @Test("A link bound to an address is invalid for other addresses", arguments: GateSite.servers)
    func address(_ server: WebServer) throws {
        let site = try GateSite.shared(.init(server: server, settings: ["SENDFILE_LINK_BINDING": "address"]))
        #expect(try site.client.get(site.link("plain.txt", "--for-address", "127.0.0.1")).status == 200)
        #expect(try site.client.get(site.link("plain.txt", "--for-address", "192.0.2.1")).status == 404)
    }

    @Test("The file name in a link is the name under which the client saves the file", arguments: GateSite.servers)
    func name(_ server: WebServer) throws {
        let site = try GateSite.shared(.init(server: server))
        for (name, field) in [
            ("Q3 report.pdf", "attachment; filename=\"Q3 report.pdf\""),
            ("日本語.pdf", "attachment; filename=\"download.pdf\"; filename*=UTF-8''%E6%97%A5%E6%9C%AC%E8%AA%9E.pdf"),
            (
                "a&b=c?d#e+f%20.txt",
                "attachment; filename=\"a&b=c?d#e+f_20.txt\"; filename*=UTF-8''a&b%3Dc%3Fd#e+f%2520.txt"
            ),
        ] {
            let link = try site.link("plain.txt", "--name", name)
            let answer = try site.client.get(link)
            #expect(answer.text == "content of plain.txt")
            #expect(answer.field("Content-Disposition") == field)
        }
        let link = try site.link("plain.txt", "--name", "good.txt")
        #expect(try site.client.get(link.replacing("good.txt", with: "evil.exe")).status == 404)
        let plain = try site.link("plain.txt")
        #expect(plain != link)
    }
}
