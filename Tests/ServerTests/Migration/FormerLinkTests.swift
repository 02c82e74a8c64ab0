import Glibc
import Testing

/// The articles about links of web servers' modules: their code, and the gate with their settings.
@Suite(.serialized) struct FormerLinkTests {
    private static let paths = ["100%25.txt", "日本語.txt", "a&b.txt", "a b.txt", "team/report.txt"]

    @Test("Links made before and after the change open their files in one site", arguments: FormerModule.allCases)
    func bothLinks(_ module: FormerModule) throws {
        let links = try FormerLinks(module)
        for path in Self.paths {
            for link in [try links.old(path), try links.new(path)] {
                let answer = try links.site.client.get(link)
                #expect(answer.status == 200, "\(link)\n\(links.site.logs)")
                #expect(answer.body == Corpus.content(of: FileName(Array(path.utf8))), "\(link)")
                let disposition = try ContentDispositionReader(answer.field("Content-Disposition") ?? "")
                #expect(disposition.fileName == path.split(separator: "/").last.map(String.init))
            }
        }
        #expect(try links.new("a b.txt").hasPrefix("/dl/a%20b.txt?expires="))
        #expect(try links.new("a b.txt").contains("&key=k1&"))
    }

    @Test("A link made before the change expires, and is invalid if changed", arguments: FormerModule.allCases)
    func refused(_ module: FormerModule) throws {
        let links = try FormerLinks(module)
        #expect(try links.site.client.get(links.old("a b.txt", seconds: -3700)).status == 410)
        let link = try links.old("a b.txt")
        #expect(try links.site.client.get(link.replacing("a%20b", with: "a%26b")).status == 404)
        #expect(try links.site.client.get(try links.new("a b.txt").replacing("a%20b", with: "a%26b")).status == 404)
    }

    @Test("Without the former format in the setting, its links are invalid", arguments: FormerModule.allCases)
    func newFormatOnly(_ module: FormerModule) throws {
        let links = try FormerLinks(module)
        var setup = links.site.setup
        setup.format = "hmac"
        setup.settings["SENDFILE_LINK_NGINX_EXPRESSION"] = nil
        let site = try GateSite.shared(setup)
        #expect(try site.client.get(links.old("a b.txt")).status == 404)
        #expect(try site.client.get(links.new("a b.txt")).status == 200)
    }

    /// Runs nginx with the article's location and another `secure_link_md5`, and requests a link of it.
    private func getFromNginx(_ replacements: [String: String], _ link: String) throws -> HTTPAnswer {
        let workspace = try Workspace.shared
        let directory = try workspace.makeDirectory("former-nginx")
        let port = try Address.freePort()
        var location = try MigrationPage("FromSecureLink").block("nginx", below: "Before")
        for (old, new) in replacements {
            #expect(location.contains(old))
            location = location.replacing(old, with: new)
        }
        let paths = ["client_body", "fastcgi", "proxy", "scgi", "uwsgi"]
            .map { "\($0)_temp_path \(directory)/\($0);" }.joined(separator: "\n")
        try Files.write(
            """
            user www-data;
            daemon off;
            pid \(directory)/nginx.pid;
            error_log \(directory)/error.log;
            events {}
            http {
            access_log off;
            \(paths)
            server {
            listen 127.0.0.1:\(port);
            \(location.replacing("/srv/reports", with: workspace.root))
            }
            }
            """, to: "\(directory)/nginx.conf")
        let nginx = try ChildProcess(["nginx", "-p", directory, "-c", "nginx.conf"], log: "\(directory)/log")
        let client = HTTPClient(port: port)
        try Deadline.wait("nginx answers") {
            guard nginx.isRunning else { throw Failure("nginx has ended: \(try Files.text(nginx.log))") }
            return (try? client.get("/")) != nil
        }
        let answer = try client.get(link)
        nginx.signal(SIGTERM)
        _ = try nginx.waitForEnd()
        return answer
    }

    @Test("nginx itself accepts the links of the code before the change", arguments: paths)
    func nginx(_ path: String) throws {
        let links = try FormerLinks(.secureLink)
        let answer = try self.getFromNginx([:], links.old(path))
        #expect(answer.status == 200)
        #expect(answer.body == Corpus.content(of: FileName(Array(path.utf8))))
    }

    /// The rows of the article's table: nginx's expression and arguments, and the gate's settings.
    private static func expressions() throws -> [[String]] {
        let table = try MigrationPage("FromSecureLink").section("The expression")
        return table.split(separator: "\n").filter { $0.contains("enigma") }.map { line in
            line.split(separator: "|").map { String($0.drop { $0 == " " }).replacing("`", with: "") }
        }
    }

    @Test("nginx and the gate read the same links with each expression of the table")
    func expressions() throws {
        let rows = try Self.expressions()
        #expect(rows.count == 3)
        for row in rows {
            let (theirs, further) = (row[0].split(separator: "\""), row[2].split(separator: "="))
            var settings = [
                "SENDFILE_LINK_PREFIX": "/dl",
                "SENDFILE_LINK_NGINX_EXPRESSION": String(row[1].drop { $0 == " " }.trimmed),
            ]
            if further.count == 2 { settings[String(further[0])] = String(further[1].trimmed) }
            let format = "nginx-secure-link"
            let site = try GateSite.shared(
                .init(server: .nginx, format: format, settings: settings, secrets: "enigma\n"))
            let isBound = settings["SENDFILE_LINK_BINDING"] != nil
            let run = try GateRun(
                ["link", "a&b.txt"] + (isBound ? ["--for-address", "127.0.0.1"] : []),
                environment: settings.merging(["SENDFILE_LINK_FORMAT": format, "SENDFILE_LINK_SECRET": "enigma"]) { $1 }
            )
            let link = String(run.output.dropLast())
            #expect(try site.client.get(link).text == "content of a&b.txt", "\(row): \(link)")
            var replacements = ["$secure_link_expires$uri enigma-that-is-older": String(theirs[0])]
            if row[0].contains("$arg_st") { replacements["$arg_md5,$arg_expires"] = "$arg_st,$arg_e" }
            #expect(try self.getFromNginx(replacements, link).text == "content of a&b.txt", "\(row): \(link)")
        }
    }

    @Test("lighttpd does not start with the lines of mod_secdownload, as the article says")
    func noSecdownload() throws {
        let lines = try MigrationPage("FromSecdownload").block("lighttpd", below: "Before")
        let faults = try ConfigurationLanguage.lighttpd.faults(in: lines)
        #expect(faults?.contains("mod_secdownload") == true, "\(faults ?? "it starts")")
    }
}

extension Substring {
    /// The text without spaces at its end.
    fileprivate var trimmed: Substring {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
