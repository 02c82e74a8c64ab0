import Testing

/// A mistake in a Caddyfile because of which `http://files.test/downloads/q3.pdf` fails, and the lines that a report must name.
struct CaddyMistake: Sendable, CustomTestStringConvertible {
    let name: String
    /// The Caddyfile.
    let text: String
    /// The status of the response.
    let status: Int
    /// The numbers of the named lines with the beginnings of their notes, in order.
    let lines: [String]
    /// Whether Caddy passes requests to the gate by itself: `GATE` then stands for that, or else for a web server behind.
    var isGate = true

    var testDescription: String { "\(self.name)\(self.isGate ? "" : ", in front")" }

    private static let gate = "reverse_proxy unix//run/sendfile-gate.sock {\n transport fastcgi\n}"
    private static let behind = "reverse_proxy 127.0.0.1:8080"

    /// The Caddyfile with the lines that pass requests on in place of `GATE`.
    var file: String { self.text.replacing("GATE", with: self.isGate ? Self.gate : Self.behind) }

    private static let none = "passes requests to a program, but does not take this URL"
    private static let answers = "answers this URL"
    private static let taker = "takes this URL, and passes it to no program"
    private static let changes = "changes this URL before it is passed on"
    private static let forwards = "passes this URL on to another web server"

    /// Mistakes for which it makes no difference to where requests are passed.
    private static let both: [CaddyMistake] = [
        Self(
            name: "handle of another path", text: "http://files.test {\nhandle /download/* {\nGATE\n}\n}", status: 200,
            lines: ["2 \(Self.none)", "1 \(Self.taker)"]),
        Self(
            name: "a path without *", text: "http://files.test {\nreverse_proxy /downloads localhost:1\n}", status: 200,
            lines: ["2 \(Self.none)", "1 \(Self.taker)"]),
        Self(
            name: "path_regexp", text: "http://files.test {\n@files path_regexp ^/dl/\nhandle @files {\nGATE\n}\n}",
            status: 200, lines: ["2 \(Self.none)", "1 \(Self.taker)"]),
        Self(
            name: "not path", text: "http://files.test {\n@m not path /downloads/* /x\nhandle @m {\nGATE\n}\n}",
            status: 200, lines: ["2 \(Self.none)", "1 \(Self.taker)"]),
        Self(
            name: "a line of a matcher's block",
            text: "http://files.test {\n@m {\npath /downloads/*\nmethod POST\n}\nhandle @m {\nGATE\n}\n}",
            status: 200, lines: ["4 \(Self.none)", "1 \(Self.taker)"]),
        Self(
            name: "respond before", text: "http://files.test {\nrespond \"no\" 403\nGATE\n}", status: 403,
            lines: ["2 \(Self.answers)", "3 \(Self.none)", "1 \(Self.taker)"]),
        Self(
            name: "an earlier handle",
            text: "http://files.test {\nhandle /downloads/*.pdf {\nrespond 410\n}\nhandle /downloads/* {\nGATE\n}\n}",
            status: 410, lines: ["3 \(Self.answers)", "5 \(Self.none)", "2 \(Self.taker)"]),
        Self(
            name: "redir", text: "http://files.test {\nredir https://files.test{uri} permanent\nGATE\n}", status: 301,
            lines: ["2 \(Self.answers)", "3 \(Self.none)", "1 \(Self.taker)"]),
        Self(
            name: "error", text: "http://files.test {\nerror /downloads/* \"no\" 404\nGATE\n}", status: 404,
            lines: ["2 \(Self.answers)", "3 \(Self.none)", "1 \(Self.taker)"]),
        Self(
            name: "route with file_server",
            text: "http://files.test {\nroute {\nroot * /srv\nfile_server\nGATE\n}\n}", status: 404,
            lines: ["4 \(Self.answers)", "5 \(Self.none)", "2 \(Self.taker)"]),
        Self(
            name: "another site takes the host",
            text: "http://files.test.example {\nGATE\n}\n:80 {\nfile_server\n}", status: 404,
            lines: ["\(Self.end) \(Self.answers)", "1 \(Self.none)", "\(Self.site) this site takes"]),
        Self(
            name: "no site for the host", text: "http://other.test {\nGATE\n}", status: 200,
            lines: ["1 \(Self.none)"]),
        Self(
            name: "a snippet that no site imports", text: "(gate) {\nGATE\n}\nhttp://files.test {\nrespond 404\n}",
            status: 404, lines: ["\(Self.end) \(Self.answers)", "1 \(Self.none)", "\(Self.site) \(Self.taker)"]),
        Self(
            name: "an import without a file", text: "http://files.test {\nimport gate.conf\nrespond 404\n}",
            status: 404, lines: ["2 the snippet or file does not exist", "3 \(Self.answers)", "1 \(Self.taker)"]),
        Self(
            name: "a header field that decides",
            text:
                "http://files.test {\n@a header X-A *\nhandle @a {\nrespond 404\n}\nhandle /downloads/* {\nabort\n}\n}",
            status: 404, lines: ["4 \(Self.answers)", "3 takes this URL only if", "6 \(Self.taker)"]),
    ]

    /// The numbers of lines after the one for which `GATE` stands.
    private static let (site, end) = ("SITE", "END")

    /// Mistakes on the way to the gate, which Caddy itself passes requests to.
    private static let direct: [CaddyMistake] = [
        Self(
            name: "basic_auth", text: "http://files.test {\nbasic_auth {\na b\n}\nGATE\n}", status: 401,
            lines: ["2 \(Self.answers)"]),
        Self(
            name: "request_body", text: "http://files.test {\nrequest_body {\nmax_size 1\n}\nGATE\n}", status: 413,
            lines: ["2 \(Self.answers)"]),
    ]

    /// Mistakes on the way to a web server behind.
    private static let inFront: [CaddyMistake] = [
        Self(
            name: "handle_path", text: "http://files.test {\nhandle_path /downloads/* {\nGATE\n}\n}", status: 404,
            lines: ["3 \(Self.forwards)", "2 \(Self.changes)"], isGate: false),
        Self(
            name: "uri strip_prefix", text: "http://files.test {\nuri strip_prefix /downloads\nGATE\n}", status: 404,
            lines: ["3 \(Self.forwards)", "2 \(Self.changes)"], isGate: false),
        Self(
            name: "rewrite", text: "http://files.test {\nrewrite * /x{uri}\nGATE\n}", status: 404,
            lines: ["3 \(Self.forwards)", "2 \(Self.changes)"], isGate: false),
        Self(
            name: "basicauth", text: "http://files.test {\nbasicauth {\na b\n}\nGATE\n}", status: 401,
            lines: ["5 \(Self.forwards)", "2 \(Self.answers)"], isGate: false),
        Self(
            name: "no transport", text: "http://files.test {\nreverse_proxy unix//run/sendfile-gate.sock\n}",
            status: 404, lines: ["2 speaks HTTP to the gate"], isGate: false),
    ]

    static let all: [CaddyMistake] =
        (Self.both
        + Self.both.map { mistake in
            var other = mistake
            other.isGate = false
            return other
        } + Self.direct + Self.inFront).map { mistake in
            // GATE has three lines or one.
            let shift = mistake.isGate ? 2 : 0
            let texts = mistake.lines.map {
                $0.replacing(Self.site, with: String(4 + shift)).replacing(Self.end, with: String(5 + shift))
            }
            return CaddyMistake(
                name: mistake.name, text: mistake.text, status: mistake.status, lines: texts, isGate: mistake.isGate)
        }
}
