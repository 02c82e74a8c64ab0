import Glibc
import SignedLinks
import Testing

/// Links made by this library, verified by nginx's own `secure_link`.
///
/// lighttpd has had no mod_secdownload since 1.4.68, and Debian has neither mod_auth_token nor WSGI X-Sendfile.
/// SignedLinksTests contains links made by the latter, and by the formulas of the others.
@Suite(.serialized) struct LinkTests {
    private static let secret = "a secret of \"some\" length: {}"
    private static let address = LinkBinding(clientAddress: "127.0.0.1", method: "GET")

    /// A location of nginx and the corresponding format of this library.
    struct Location: Sendable, CustomTestStringConvertible {
        let prefix: String
        let format: LinkFormat
        var binding = LinkBinding()

        var testDescription: String { self.prefix }
    }

    static let locations = [
        Location(
            prefix: "/usual", format: .nginxSecureLink(expression: "$secure_link_expires/usual$uri {secret}")),
        Location(
            prefix: "/bound",
            format: .nginxSecureLink(
                expression: "$secure_link_expires/bound${uri}$remote_addr|$request_method {secret}"),
            binding: Self.address),
        Location(
            prefix: "/other",
            format: .nginxSecureLink(
                expression: "{secret}/other$uri$arg_e", signatureArgument: "st", expiresArgument: "e")),
    ]

    private static func configuration(_ directory: String, port: UInt16, root: String) -> String {
        let secret = Self.secret.replacing("\"", with: "\\\"")
        let check = "if ($secure_link = \"\") { return 404; } if ($secure_link = 0) { return 410; } alias \(root)/;"
        return """
            user www-data;
            worker_processes 1;
            daemon off;
            pid \(directory)/nginx.pid;
            error_log \(directory)/error.log;
            events {}
            http {
                access_log off;
                large_client_header_buffers 4 32k;
                client_body_temp_path \(directory)/body;
                fastcgi_temp_path \(directory)/fastcgi;
                proxy_temp_path \(directory)/proxy;
                scgi_temp_path \(directory)/scgi;
                uwsgi_temp_path \(directory)/uwsgi;
                server {
                    listen 127.0.0.1:\(port);
                    location = /ready { return 204; }
                    location /usual/ {
                        secure_link $arg_md5,$arg_expires;
                        secure_link_md5 "$secure_link_expires$uri \(secret)";
                        \(check)
                    }
                    location /bound/ {
                        secure_link $arg_md5,$arg_expires;
                        secure_link_md5 "$secure_link_expires$uri$remote_addr|$request_method \(secret)";
                        \(check)
                    }
                    location /other/ {
                        secure_link $arg_st,$arg_e;
                        secure_link_md5 "\(secret)$uri$arg_e";
                        \(check)
                    }
                }
            }
            """
    }

    /// Runs nginx with these locations during the body.
    private func withServer(_ body: (HTTPClient) throws -> Void) throws {
        let workspace = try Workspace.shared
        let directory = try workspace.makeDirectory("secure-link")
        let client = HTTPClient(port: try Address.freePort())
        try Files.write(
            Self.configuration(directory, port: client.port, root: workspace.root), to: "\(directory)/nginx.conf")
        let command = ChildProcess.asServer + ["nginx", "-p", directory, "-c", "nginx.conf"]
        let server = try ChildProcess(command, log: "\(directory)/server.log")
        let deadline = time(nil) + Socket.patience
        while (try? client.get("/ready"))?.status != 204 {
            guard server.isRunning, time(nil) < deadline else {
                throw Failure("nginx does not answer: \(try Files.text("\(directory)/server.log"))")
            }
            usleep(10_000)
        }
        let result = Result { try body(client) }
        server.signal(SIGTERM)
        _ = try server.waitForEnd()
        try result.get()
    }

    private func links(_ location: Location) throws -> SignedLinks {
        try SignedLinks(format: location.format, keys: [LinkKey(secret: Self.secret)])
    }

    @Test("nginx accepts a link to a file of any name", arguments: Self.locations)
    func everyName(_ location: Location) throws {
        let links = try self.links(location)
        let expires = Int64(time(nil)) + 600
        try self.withServer { client in
            for name in Corpus.names {
                let link = try links.link(to: name.bytes, expires: expires, binding: location.binding)
                let answer = try client.get(location.prefix + link)
                #expect(answer.status == 200, "\(name.testDescription)")
                #expect(Bytes(answer.body) == Bytes(Corpus.content(of: name)))
            }
        }
    }

    @Test("nginx and this library agree about malformed links", arguments: Self.locations)
    func changedLinks(_ location: Location) throws {
        let links = try self.links(location)
        let now = Int64(time(nil))
        func link(_ path: String, _ expires: Int64) throws -> String {
            try links.link(to: path, expires: expires, binding: location.binding)
        }
        let right = try link("team/report.txt", now + 600)
        let expired = try link("team/report.txt", now - 1)
        let signature = try #require(right.firstMatch(of: /(md5|st)=([\w-]+)/)?.output.2)
        let stranger = try SignedLinks(format: location.format, keys: [LinkKey(secret: "guessed")])
        let cases = [
            (right, 200), (right + "&more=1", 200), (right.replacing(signature, with: "\(signature)=="), 200),
            (expired, 410), (try link("team/report.txt", 1_000_000_000), 410),
            (right.replacing("\(now + 600)", with: "\(now + 601)"), 404),
            (expired.replacing("\(now - 1)", with: "\(now + 600)"), 404),
            (right.replacing("\(now + 600)", with: "0\(now + 600)"), 404),
            (right.replacing("\(now + 600)", with: ""), 404), (right.replacing("\(now + 600)", with: "soon"), 404),
            (right.replacing("team/report", with: "plain"), 404), (right.replacing("report", with: "Report"), 404),
            (right.replacing(signature, with: ""), 404), (right.replacing(signature, with: "\(signature)A"), 404),
            (right.replacing(signature, with: String(signature.reversed())), 404),
            (String(right.prefix { $0 != "?" }), 404), (right.replacing("?", with: "%3F"), 404),
            (try stranger.link(to: "team/report.txt", expires: now + 600, binding: location.binding), 404),
            (try stranger.link(to: "team/report.txt", expires: now - 600, binding: location.binding), 404),
        ]
        try self.withServer { client in
            for (link, status) in cases {
                let answer = try client.get(location.prefix + link)
                #expect(answer.status == status, "nginx: \(link)")
                let parts = link.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
                let path = String(parts[0].replacing("%3F", with: "?"))
                let verdict = links.verify(
                    path: path, query: parts.count > 1 ? String(parts[1]) : "", at: now, binding: location.binding)
                #expect(verdict.statusCode == status, "here: \(link): \(verdict)")
            }
        }
    }

    @Test("nginx refuses a link bound to another address or another method") func bindings() throws {
        let location = Self.locations[1]
        let links = try self.links(location)
        let expires = Int64(time(nil)) + 600
        try self.withServer { client in
            for (address, method, status) in [
                ("127.0.0.1", "GET", 200), ("127.0.0.2", "GET", 404), ("127.0.0.1", "HEAD", 404),
            ] {
                let binding = LinkBinding(clientAddress: address, method: method)
                let link = try links.link(to: "plain.txt", expires: expires, binding: binding)
                let answer = try client.get(location.prefix + link)
                #expect(answer.status == status, "\(binding)")
            }
        }
    }
}
