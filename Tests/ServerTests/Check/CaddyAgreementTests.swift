import Glibc
import Testing

@testable import sendfile_gate

/// The route that `check` reads from a Caddyfile is that of Caddy: for each URL, the line that answers is the same.
@Suite(.serialized) struct CaddyAgreementTests {
    /// A Caddyfile, in which each line of `respond` has a text of its own.
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// The options of the global block, and the sites. `PORT` stands for the port.
        let text: String
        var options = ""

        init(_ testDescription: String, _ text: String, options: String = "") {
            (self.testDescription, self.text, self.options) = (testDescription, text, options)
        }

        func file(_ port: UInt16) -> String {
            let options = "admin off\nauto_https off\ndefault_bind 127.0.0.1\n\(self.options)"
            return "{\n\(options)\n}\n\(self.text)\n".replacing("PORT", with: String(port))
        }
    }

    private static let hosts = ["files.test", "a.files.test", "FILES.test", "other.test"]
    private static let paths = [
        "/", "/downloads", "/downloads/", "/downloads/q3.pdf", "/DOWNLOADS/q3.pdf", "/download/q3.pdf",
        "/downloads/a/b.pdf", "/downloads//q3.pdf", "/x/downloads/q3.pdf", "/q3.pdf", "/downloads/%71%33.pdf",
        "/downloads/a%20b.txt", "/new/q3.pdf",
    ]

    private static let examples = [
        Example(
            "hosts",
            """
            http://files.test:PORT {
            respond a
            }
            http://*.files.test:PORT, http://b.test:PORT {
            respond b
            }
            http://:PORT {
            respond c
            }
            """),
        Example(
            "one host only",
            """
            http://files.test:PORT {
            respond /downloads/* a
            }
            """),
        Example(
            "two hosts",
            """
            http://files.test:PORT {
            respond a
            }
            http://a.files.test:PORT {
            respond b
            }
            """),
        Example(
            "handle: the longest path first, and one only",
            """
            http://:PORT {
            handle {
            respond all
            }
            handle /down* {
            respond down
            }
            handle /downloads/* {
            respond downloads
            }
            handle /downloads {
            respond exact
            }
            @pdf path *.pdf
            handle @pdf {
            respond pdf
            }
            }
            """),
        Example(
            "handle that does not answer ends the group",
            """
            http://:PORT {
            handle /downloads/* {
            header X-A b
            }
            handle {
            respond all
            }
            respond /downloads/* after
            respond last
            }
            """),
        Example(
            "neighbours of one group with the same matcher",
            """
            http://:PORT {
            handle /downloads/* {
            header X-A b
            }
            handle /downloads/* {
            respond second
            }
            handle {
            respond all
            }
            }
            """),
        Example(
            "handle_path and what is in it",
            """
            http://:PORT {
            handle_path /downloads/* {
            respond /downloads/* twice
            respond /q3.pdf stripped
            respond rest
            }
            handle_path /x* {
            handle /downloads/* {
            respond x
            }
            }
            respond none
            }
            """),
        Example(
            "the order of directives",
            """
            http://:PORT {
            respond last
            error /download/* 404
            route /downloads/a/* {
            respond routed
            }
            uri /x/* strip_prefix /x
            rewrite /new/* /downloads{uri}
            respond /downloads/* downloads
            }
            """),
        Example(
            "route keeps its order",
            """
            http://:PORT {
            route {
            respond /downloads/a/* first
            uri strip_prefix /downloads
            respond /q3.pdf second
            respond /downloads/* never
            rewrite * /z
            respond /z third
            }
            }
            """),
        Example(
            "rewrite: the first match only",
            """
            http://:PORT {
            rewrite /downloads/a/* /one
            rewrite /downloads/* /two
            rewrite /one /three
            respond /one one
            respond /two two
            respond /three three
            respond none
            }
            """),
        Example(
            "named matchers",
            """
            http://:PORT {
            @one path /downloads/a/* /x/*
            @two path_regexp ^/downloads/[a-z]+[0-9]\\.pdf$
            @three {
            not path /downloads/* /q3.pdf
            host files.test
            }
            @four {
            path /new/*
            method POST
            }
            @five not {
            path /down*
            method GET
            }
            respond @one one
            respond @two two
            respond @three three
            respond @four four
            respond @five five
            respond last
            }
            """),
        Example(
            "matchers of a block, and neighbours with the same matcher",
            """
            http://:PORT {
            @a path /downloads/*
            handle @a {
            @b path *.pdf
            respond @b pdf
            }
            handle /x/* {
            uri strip_prefix /x
            respond /downloads/* joined
            }
            uri /new/* strip_prefix /new
            request_header /new/* X-A b
            respond /new/* same
            respond /q3.pdf other
            }
            """),
        Example(
            "wildcards",
            """
            http://:PORT {
            @middle path *loads/a*
            respond @middle middle
            respond /*/q3.pdf one
            respond /d*/*.txt two
            respond /[n-z]ew/q?.pdf three
            respond * last
            }
            """),
        Example(
            "the option order",
            """
            http://:PORT {
            handle /downloads/* {
            respond handled
            }
            respond /downloads/a/* early
            respond late
            }
            """, options: "order respond before handle"),
        Example(
            "snippets",
            """
            (answer) {
            handle {args.0} {
            respond {args.1}
            }
            }
            http://:PORT {
            import answer /downloads/* a
            import answer * b
            }
            """),
        Example(
            "a site without braces and addresses",
            """
            :PORT
            bind 127.0.0.1
            @d path /downloads/*
            respond @d "the # text" 200
            """),
    ]

    @Test("The line that answers is the same", arguments: Self.examples)
    func agreement(_ example: Example) throws {
        let directory = try Workspace.shared.makeDirectory("caddy-agreement")
        let port = try Address.freePort()
        // A site without braces stands alone.
        let isPlain = example.text.hasPrefix(":PORT")
        let text = isPlain ? example.text.replacing("PORT", with: String(port)) : example.file(port)
        let file = "\(directory)/Caddyfile"
        try Files.write(text, to: file)
        let caddy = try ChildProcess(
            ["caddy", "run", "--config", file, "--adapter", "caddyfile"],
            environment: ChildProcess.plainEnvironment.merging([
                "HOME": directory, "XDG_CONFIG_HOME": directory, "XDG_DATA_HOME": directory,
                "CADDY_ADMIN": "unix/\(directory)/admin.sock",
            ]) { $1 }, log: "\(directory)/log")
        defer {
            caddy.signal(SIGTERM)
            _ = try? caddy.waitForEnd()
        }
        let deadline = time(nil) + Socket.patience
        while (try? Socket.connected(to: .host("127.0.0.1", port: port))) == nil {
            guard caddy.isRunning, time(nil) < deadline else { throw Failure(try Files.text("\(directory)/log")) }
            usleep(10_000)
        }
        let directives = CaddySyntax.read(file)
        var answers: Set<String> = []
        for host in Self.hosts {
            for path in Self.paths {
                let client = HTTPClient(port: port, authority: "\(host):\(port)")
                let answer = try client.get(path)
                let url = try #require(URLText("http://\(host):\(port)\(path)"))
                let route = CaddyRoute.find(directives, RoutedRequest(url, peer: "127.0.0.1"))
                let lines = try #require(route).directives.filter { ["respond", "error"].contains($0.name) }
                let texts = lines.map { $0.name == "error" ? "" : CaddyMatcher.values($0).first ?? "" }
                #expect(texts == (answer.text == "" && answer.status == 200 ? [] : [answer.text]), "\(host)\(path)")
                answers.insert(answer.text)
            }
        }
        // An example that has one answer for all URLs compares nothing.
        #expect(answers.count > 1)
    }
}
