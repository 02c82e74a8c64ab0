import Glibc
import Testing

@testable import sendfile_gate

/// Conclusions from responses that the configurations of this package never produce, but other programs and servers do.
@Suite struct CheckRulesTests {
    typealias Fields = [(String, String)]

    /// A file of 3000 bytes, and the responses of a server without faults.
    static func facts(_ server: FrontServer, status: Int = 200) throws -> Facts {
        let directory = try Workspace.shared.makeDirectory("rules")
        try Files.write(String(repeating: "0123456789", count: 300), to: "\(directory)/a.txt")
        let target = Target(
            url: try #require(URLText("http://localhost/get/a.txt")), file: try CheckedFile("\(directory)/a.txt"),
            headers: ["Cookie: a=b"], internalPrefix: "/protected/", root: directory, publicPrefixes: [], activity: nil,
            mayPost: true, mayWrite: false, names: [], gate: nil)
        var facts = Facts(
            target: target, server: server,
            whole: try Self.answer(status, [("ETag", "\"a\"")], status == 200 ? 3000 : 0))
        facts.clockDifference = 0
        facts.anonymous = try Self.answer(403)
        facts.head = try Self.answer(200, [("ETag", "\"a\"")])
        facts.range = try Self.answer(206, [("Content-Range", "bytes 1000-2999/3000")], 2000)
        facts.beyond = try Self.answer(416)
        facts.resumed = try Self.answer(206)
        facts.matching = try Self.answer(304)
        facts.post = try Self.answer(405)
        facts.missing = try Self.answer(404)
        facts.compressed = try Self.answer(200)
        facts.inside = [try Self.answer(404, path: "/protected/a.txt")]
        facts.outside = [try Self.answer(404, path: "/a.txt")]
        return facts
    }

    static func answer(
        _ status: Int, _ fields: Fields = [], _ length: Int = 0, path: String = "/get/a.txt"
    ) throws -> Answer {
        let url = try #require(URLText("http://localhost\(path)"))
        var answer = Answer(
            question: sendfile_gate.Question(label: "GET", url: url), status: status,
            fields: fields.map { Answer.Field(name: $0.0, value: $0.1) })
        answer.length = length
        return answer
    }

    /// Removes access to the file for users other than its owner.
    private static func close(_ facts: inout Facts) throws {
        let path = facts.target.file.path
        guard chmod(path, 0o600) == 0 else { throw Failure.system("chmod") }
        facts.access = FileAccess(of: path, by: try #require(LocalUser(named: "nobody")))
    }

    /// A change to these facts, and the expected `check/diagnosis` of all findings.
    static let cases: [(name: String, change: @Sendable (inout Facts) throws -> Void, expected: [String])] = [
        ("nothing", { _ in }, []),
        (
            "an error that names the file to another client",
            { $0.missing = try Self.answer(404, [("X-Sendfile", "/srv/a")]) },
            ["leak/wrong-dialect"]
        ),
        (
            "a 304 that still has the field",
            { $0.matching = try Self.answer(304, [("x-accel-redirect", "/protected/a.txt")]) }, ["leak/path-leaked"]
        ),
        (
            "a page with the path",
            { facts in
                var missing = try Self.answer(404)
                missing.beginning = Array("no \(facts.target.root ?? "")/b.txt".utf8)
                facts.missing = missing
            }, ["leak/path-leaked"]
        ),
        (
            "a redirect to the internal prefix",
            { $0.directory = try Self.answer(301, [("Location", "http://localhost/protected/")], path: "/get") },
            ["leak/path-leaked"]
        ),
        (
            "the same for a question that names it",
            { $0.inside = [try Self.answer(301, [("Location", "/protected/a.txt/")], path: "/protected/a.txt")] }, []
        ),
        (
            "a field for nginx's buffers", { $0.head = try Self.answer(200, [("X-Accel-Buffering", "no")]) },
            ["leak/control-leaked"]
        ),
        (
            "other bytes of the file than were asked for",
            { $0.range = try Self.answer(206, [("Content-Range", "bytes 0-1999/3000")], 2000) }, ["range/wrong-range"]
        ),
        (
            "a client that is refused by its name",
            { $0.clients = [try Self.answer(200, [], 3000), try Self.answer(403)] }, ["clients/client-refused"]
        ),
        ("a whole file in place of the rest", { $0.resumed = try Self.answer(200) }, ["range/wrong-range"]),
        ("a Range beyond the end that is taken", { $0.beyond = try Self.answer(200) }, ["range/wrong-range"]),
        (
            "a file that comes although the web server may not read it", { try Self.close(&$0) },
            ["permissions/closed-to-server"]
        ),
        (
            "one that does not come",
            { facts in
                var other = Facts(target: facts.target, server: .nginx, whole: try Self.answer(404))
                other.clockDifference = 0
                other.head = try Self.answer(404)
                try Self.close(&other)
                facts = other
            }, ["permissions/closed-to-server"]
        ),
        ("POST that gives the file", { $0.post = try Self.answer(200, [], 3000) }, ["methods/post-allowed"]),
        (
            "HEAD of another length", { $0.head = try Self.answer(200, [("ETag", "\"b\"")]) }, ["head/head-differs"]
        ),
        ("a clock a little off", { $0.clockDifference = -9 }, ["clock/clock-off"]),
        (
            "the file for another password", { $0.mistaken = try Self.answer(200, [], 3000) },
            ["protected/any-password"]
        ),
        (
            "401 of a web server that asks for a password",
            { facts in
                var page = try Self.answer(401, [("WWW-Authenticate", "basic realm=\"a\"")])
                page.beginning = Array("<center>nginx</center>".utf8)
                facts = Facts(target: facts.target, server: .nginx, whole: page)
                facts.clockDifference = 0
            }, ["status/not-signed-in"]
        ),
        (
            "a limit after the first responses",
            { facts in
                facts = Facts(target: facts.target, server: .nginx, whole: facts.whole)
                facts.clockDifference = 0
                facts.limit = try Self.answer(429)
            }, ["limit/rate-limited"]
        ),
        (
            "a limit from the first response on",
            { facts in
                facts = Facts(target: facts.target, server: .unknown, whole: try Self.answer(429))
                facts.clockDifference = 0
                facts.limit = facts.whole
            }, ["limit/rate-limited"]
        ),
        (
            "nginx's own 503",
            { $0 = try Self.first(503, [], .nginx, page: "<center>nginx</center>", $0.target) },
            ["status/closed-by-rule"]
        ),
        (
            "a 500 of a program whose user cannot read the file",
            { facts in
                facts = try Self.first(500, [], .nginx, page: "", facts.target)
                try Self.close(&facts)
                facts.programAccess = facts.access
                facts.access = nil
            }, ["status/closed-to-program"]
        ),
        (
            "a 500 of a program with an invalid setting",
            { facts in
                facts = try Self.first(500, [], .nginx, page: "", facts.target)
                facts.journal = [
                    "info sendfile-gate: FASTCGI_LISTEN is fine",
                    "error sendfile-gate: SENDFILE_ROOT is \"/x\", which does not exist",
                ]
            }, ["status/program-failed"]
        ),
        ("the file without the cookie", { $0.anonymous = try Self.answer(200, [], 3000) }, ["protected/unprotected"]),
        (
            "something of the file's size that is not the file",
            { facts in
                facts.outside = [try Self.answer(200, [], 3000, path: "/a.txt")]
                facts.outside[0].difference = 0
            }, []
        ),
    ]

    /// The states of the gate's units that systemd reports.
    private static func units(_ socket: String, _ service: String) -> UnitState? {
        UnitState(
            "sendfile-gate",
            "Id=sendfile-gate.socket\n\(socket)\n\nId=sendfile-gate.service\nSupplementaryGroups=root\n\(service)\n")
    }

    @Test("A message about a file that can be read now is an old one")
    func outdated() throws {
        let directory = try Workspace.shared.makeDirectory("outdated")
        try Files.write("k1:secret\n", to: "\(directory)/secret", mode: 0o644)
        for (name, isOld) in [("secret", true), ("other", false)] {
            var facts = try Self.first(502, [], .nginx, page: "", try Self.facts(.nginx).target)
            let words =
                "SENDFILE_LINK_SECRET_FILE is \"\(directory)/\(name)\", which cannot be read: No such file or directory"
            facts.units = Self.units(
                "LoadState=loaded\nActiveState=failed", "LoadState=loaded\nActiveState=failed\nStatusText=\(words)")
            let finding = try #require(Rules.judge(facts).first { $0.diagnosis == .programFailed })
            #expect(finding.title.contains("its last message is: SENDFILE") == isOld, "\(finding)")
            #expect(finding.cause?.contains("can read that file now") == isOld)
            #expect(finding.remedy.first?.hasPrefix("systemctl reset-failed") == isOld, "\(finding.remedy)")
        }
    }

    @Test("A unit that systemd cannot start again is a warning while the gate runs, and the reason when it does not")
    func badUnit() throws {
        let units = Self.units("LoadState=loaded\nActiveState=active", "LoadState=bad-setting\nLoadError=x \"y\"")
        var facts = try Self.facts(.nginx)
        facts.socket = .listens
        #expect(Rules.judge(facts).allSatisfy { $0.status != .warn && $0.status != .fail })
        facts.units = units
        let warning = try #require(Rules.judge(facts).first { $0.check == .socket })
        #expect(warning.status == .warn && warning.remedy.first?.contains("bad-setting, x") == true, "\(warning)")
        facts = try Self.first(502, [], .nginx, page: "<center>nginx</center>", facts.target)
        (facts.units, facts.socket) = (units, .deaf)
        let finding = try #require(Rules.judge(facts).first { $0.check == .socket })
        #expect(
            finding.diagnosis == .programNotRunning && finding.remedy.first?.contains("bad-setting") == true,
            "\(finding)")
        #expect(!finding.remedy.contains { $0.hasPrefix("systemctl enable") })
    }

    @Test("The gate's socket at another path than the web server's is named", arguments: FrontServer.allCases)
    func otherSocket(_ server: FrontServer) throws {
        var facts = try Self.first(502, [], server, page: "", try Self.facts(server).target)
        (facts.socket, facts.socketPath) = (.missing, "/run/old.sock")
        facts.units = Self.units(
            "LoadState=loaded\nActiveState=active\nListen=/run/new.sock (Stream)", "LoadState=loaded")
        let finding = try #require(Rules.judge(facts).first { $0.check == .socket })
        #expect(
            finding.diagnosis == .otherSocket
                && finding.title.hasSuffix("connects to /run/old.sock, and the gate listens at /run/new.sock"))
        #expect(
            finding.remedy.contains { $0.contains("/run/new.sock") }
                && finding.remedy.contains { $0.hasPrefix("ListenStream=/run/old.sock") })
        facts.socketPath = "/run/new.sock"
        #expect(Rules.judge(facts).contains { $0.diagnosis == .socketMissing })
    }

    /// A first response after which no request was sent.
    private static func first(
        _ status: Int, _ fields: Fields, _ server: FrontServer, page: String, _ target: Target
    ) throws -> Facts {
        var whole = try Self.answer(status, fields)
        whole.beginning = Array(page.utf8)
        var facts = Facts(target: target, server: server, whole: whole)
        facts.clockDifference = 0
        return facts
    }

    @Test("A finding about a redirect does not show the query, which may contain a link's signature")
    func redirect() throws {
        let location = ("Location", "https://example.org/a.txt?expires=1&signature=secret")
        let facts = try Self.first(301, [location], .nginx, page: "", try Self.facts(.nginx).target)
        let finding = try #require(Rules.judge(facts).first { $0.diagnosis == .redirected })
        #expect(finding.cause == "The URL is not the download's: https://example.org/a.txt.")
    }

    @Test("The program's words are an error about a setting, and not a line of another level")
    func words() {
        #expect(Facts.words("notice sendfile-gate: SENDFILE_ROOT is not set: files") == nil)
        #expect(Facts.words("{\"level\":\"info\",\"message\":\"FASTCGI_LISTEN is a\"}") == nil)
        #expect(Facts.words("[error] End of script output before headers: SENDFILE_ROOT.txt") == nil)
        #expect(Facts.words("sendfile-gate: the secret is missing: set SENDFILE_LINK_SECRET_FILE to a") != nil)
        #expect(Facts.words("sendfile-gate: SENDFILE_ROOT is \"/x\"") == "SENDFILE_ROOT is \"/x\"")
        #expect(Facts.words("a FASTCGI_WORKERS is SENDFILE_ROOT") == "FASTCGI_WORKERS is SENDFILE_ROOT")
    }

    @Test("One unusual response causes one diagnosis", arguments: Self.cases.indices)
    func rule(_ index: Int) throws {
        let (name, change, expected) = Self.cases[index]
        var facts = try Self.facts(.nginx)
        try change(&facts)
        let findings = Rules.judge(facts).filter { $0.status == .fail || $0.status == .warn }
        #expect(
            findings.map { "\($0.check.rawValue)/\($0.diagnosis?.rawValue ?? "")" } == expected, "\(name): \(findings)")
        for finding in findings { #expect(finding.cause != nil && !finding.remedy.isEmpty) }
    }

    @Test(
        "The remedy for a failing program names all related settings and its log", arguments: FrontServer.allCases)
    func programFailed(_ server: FrontServer) throws {
        let facts = try Self.facts(server)
        let remedy = Diagnosis.programFailed.remedy(facts)
        #expect(remedy.contains { $0.contains("SENDFILE_ROOT") } && remedy.contains { $0.contains("SENDFILE_BACKEND") })
        #expect(remedy.contains { $0.contains("log") || $0.contains("standard error") })
    }

    @Test(
        "Every diagnosis has a cause and, except where each obstacle has its own, a remedy",
        arguments: FrontServer.allCases)
    func remedies(_ server: FrontServer) throws {
        let facts = try Self.facts(server)
        for diagnosis in Diagnosis.allCases {
            #expect(diagnosis.cause(facts).hasSuffix("."), "\(diagnosis)")
            #expect(diagnosis.remedy(facts).isEmpty == (diagnosis == .closedToServer), "\(diagnosis)")
        }
    }
}
