import Glibc
import Testing

/// The messages and exit statuses of sendfile-gate.
@Suite struct GateProgramTests {
    private static let secret = ["SENDFILE_LINK_SECRET": GateSite.secret]

    @Test("The help lists settings, examples and statuses")
    func help() throws {
        let run = try GateRun(["help", "serve"])
        #expect(run.end == .exited(0))
        for text in ["SENDFILE_ROOT", "FASTCGI_LISTEN", "SENDFILE_LINK_SECRET_FILE", "hmac", "78", "--config"] {
            #expect(run.output.contains(text), "\(text)")
        }
        #expect(try GateRun(["--help"]).output.contains("sendfile-gate init --server nginx --root /srv/reports"))
        #expect(try GateRun(["link", "--help"]).output.contains("--expires 7d"))
        #expect(try GateRun(["--version"]).output.contains(/^[0-9]+\.[0-9]+\.[0-9]+/))
    }

    @Test(
        "An error ends the program with a status of sysexits.h and one sentence",
        arguments: [
            (["serve", "--nonsense"], secret, 64, "nonsense"), (["link"], secret, 64, "path"),
            (["serve"], secret, 64, "FASTCGI_LISTEN"),
            (
                ["link", "a", "--expires", "soon"], secret, 64,
                "--expires is \"soon\", which is not a time such as 30, 30s"
            ),
            (["link", "a", "--base", "a b"], secret, 64, "--base is \"a b\""),
            (["link", "a", "--expires", "99999d"], secret, 64, "and at most 36600d (a hundred years)"),
            (["link", "a", "--expires", "@1780000000000"], secret, 64, "in seconds, not in milliseconds"),
            (
                ["link", "a", "--expires", "2w"], ["SENDFILE_LINK_LONGEST": "1w"].merging(secret) { $1 }, 64,
                "SENDFILE_LINK_LONGEST (604800s)"
            ),
            (["link", "../a"], secret, 64, "\"../a\""), (["link", ""], secret, 64, "path"),
            (["link", "a", "--for-user", "alice"], secret, 64, "SENDFILE_LINK_BINDING"),
            (["link", "a"], ["SENDFILE_LINK_BINDING": "user"].merging(secret) { $1 }, 64, "--for-user"),
            (
                ["link", "a", "--name", "b"], ["SENDFILE_LINK_FORMAT": "nginx-secure-link"].merging(secret) { $1 }, 64,
                "hmac"
            ),
            (["link", "a", "--config", "/nowhere/file"], secret, 66, "--config is \"/nowhere/file\""),
            (["link", "a"], ["SENDFILE_CONFIG": "/nowhere/file"], 66, "SENDFILE_CONFIG is \"/nowhere/file\""),
            (["serve"], ["SENDFILE_LINK_SECRET_FILE": "/nowhere/secret"], 66, "\"/nowhere/secret\""),
            (
                ["serve"], ["FASTCGI_LISTEN": "/nowhere/gate.sock", "SENDFILE_ROOT": "/srv"].merging(secret) { $1 }, 69,
                "/nowhere/gate.sock"
            ),
            (
                ["link", "a"], ["SENDFILE_LINK_SECRET_FILE": "/etc/shadow"], 77,
                "SENDFILE_LINK_SECRET_FILE is \"/etc/shadow\""
            ),
            (["serve"], ["SENDFILE_CONFIG": "/etc/shadow"], 77, "SENDFILE_CONFIG is \"/etc/shadow\""),
            (["serve"], [:], 78, "the secret that signs links is missing"),
            (["serve"], ["SENDFILE_LINK_SECRET_FILE": "/x"].merging(secret) { $1 }, 78, "both set"),
            (["serve"], ["SENDFILE_ROOT": "/nowhere"].merging(secret) { $1 }, 78, "SENDFILE_ROOT is \"/nowhere\""),
            (["serve"], ["SENDFILE_BACKEND": "ngnix"].merging(secret) { $1 }, 78, "SENDFILE_BACKEND is \"ngnix\""),
            (["serve"], ["FASTCGI_WORKERS": "many"].merging(secret) { $1 }, 78, "FASTCGI_WORKERS is \"many\""),
            (["serve"], ["FASTCGI_LISTEN": "here"].merging(secret) { $1 }, 78, "FASTCGI_LISTEN is \"here\""),
            (["link", "a"], ["SENDFILE_LINK_FORMAT": "md4"].merging(secret) { $1 }, 78, "lighttpd-secdownload"),
            (
                ["link", "a"], ["SENDFILE_LINK_TIMEOUT": "0"].merging(secret) { $1 }, 78,
                "SENDFILE_LINK_TIMEOUT is \"0\""
            ),
            (
                ["link", "a"], ["SENDFILE_ROUTE": "0"].merging(secret) { $1 }, 78,
                "the most similar one is SENDFILE_ROOT"
            ),
        ] as [([String], [String: String], Int32, String)])
    func mistake(_ arguments: [String], _ environment: [String: String], _ status: Int32, _ message: String) throws {
        let run = try GateRun(arguments, environment: environment, asServer: true)
        #expect(run.end == .exited(status))
        #expect(run.output.isEmpty)
        #expect(run.errors.contains(message), "\(run.errors)")
        #expect(!run.errors.contains(GateSite.secret))
        // ArgumentParser adds the usage to its own errors.
        if status != 64 { #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)") }
    }

    @Test("A link is one line, and warnings are on standard error")
    func warnings() throws {
        let root = try Workspace.shared.root
        let environment = Self.secret.merging(["SENDFILE_ROOT": root]) { $1 }
        let good = try GateRun(["link", "plain.txt"], environment: environment)
        #expect(good.end == .exited(0))
        #expect(good.errors.isEmpty)
        #expect(good.output.hasPrefix("/"))
        #expect(good.output.filter(\.isNewline).count == 1)

        for path in ["nowhere.txt", "team", "link-out.txt"] {
            let missing = try GateRun(["link", path], environment: environment)
            #expect(missing.end == .exited(0))
            #expect(missing.output.hasPrefix("/"))
            #expect(missing.errors.contains("warning: ") && missing.errors.contains("\"\(path)\""), "\(missing.errors)")
            #expect(missing.errors.contains(root))
        }
        let expired = try GateRun(["link", "plain.txt", "--expires", "@5"], environment: environment)
        #expect(expired.end == .exited(0))
        #expect(expired.errors.contains("expired"))
        #expect(try GateRun(["link", "nowhere.txt"], environment: Self.secret).errors.isEmpty)
        let later = try GateRun(
            ["link", "plain.txt", "--expires", "7d"],
            environment: environment.merging(["SENDFILE_LINK_FORMAT": "lighttpd-secdownload"]) { $1 })
        #expect(later.end == .exited(0))
        #expect(later.errors.contains("raise SENDFILE_LINK_TIMEOUT"), "\(later.errors)")
    }

    @Test("The file's absolute path is refused as the path of a link, and the right path is named")
    func wholePath() throws {
        let root = try Workspace.shared.root
        for (path, setting, meant) in [
            ("\(root)/team/report.txt", root, "team/report.txt"), ("\(root)//nowhere.txt", "\(root)//", "nowhere.txt"),
        ] {
            let run = try GateRun(
                ["link", path], environment: Self.secret.merging(["SENDFILE_ROOT": setting]) { $1 })
            #expect(run.end == .exited(64))
            #expect(run.output.isEmpty)
            #expect(run.errors.contains("below SENDFILE_ROOT it is \"\(meant)\"\n"), "\(run.errors)")
        }
        // A directory whose name begins with the root's name, and a path with a leading slash.
        for path in ["\(root)er/plain.txt", "/plain.txt"] {
            let run = try GateRun(["link", path], environment: Self.secret.merging(["SENDFILE_ROOT": root]) { $1 })
            #expect(run.end == .exited(0), "\(run.errors)")
        }
        // A root may contain a directory of the same path.
        let outer = try Workspace.shared.makeDirectory("outer")
        var directory = outer
        for component in outer.split(separator: "/") {
            directory += "/\(component)"
            try Files.makeDirectory(directory)
        }
        try Files.write("inner", to: "\(directory)/a.txt")
        let inner = try GateRun(
            ["link", "\(outer)/a.txt"], environment: Self.secret.merging(["SENDFILE_ROOT": outer]) { $1 })
        #expect(inner.end == .exited(0), "\(inner.errors)")
    }

    @Test("A link that cannot be written is an error")
    func fullDisk() throws {
        let log = "\(try Workspace.shared.makeDirectory("full"))/log"
        let process = try ChildProcess(
            ["sh", "-c", "exec \"$0\" link plain.txt >/dev/full", try Workspace.shared.gate], environment: Self.secret,
            log: log)
        #expect(try process.waitForEnd() == .exited(74))
        #expect(try Files.text(log).contains("standard output: No space left on device"))
    }

    @Test(
        "The prefix of a link is correct",
        arguments: [
            ("https://example.org", "https://example.org/"),
            ("https://example.org/downloads/", "https://example.org/downloads/"),
            ("http://[::1]:8080/a", "http://[::1]:8080/a/"),
        ])
    func base(_ base: String, _ start: String) throws {
        let run = try GateRun(["link", "plain.txt", "--base", base], environment: Self.secret)
        let plain = try GateRun(
            ["link", "plain.txt"], environment: Self.secret.merging(["SENDFILE_LINK_PREFIX": "/p/"]) { $1 })
        #expect(run.output.hasPrefix("\(start)plain.txt"), "\(run.output)")
        #expect(plain.output.hasPrefix("/p/plain.txt"), "\(plain.output)")
        let both = try GateRun(
            ["link", "plain.txt", "--base", base],
            environment: Self.secret.merging(["SENDFILE_LINK_PREFIX": "/downloads/"]) { $1 })
        let isOther = base.hasSuffix("/a")
        #expect(
            both.output.hasPrefix("\(isOther ? start : "https://example.org/downloads/")plain.txt"), "\(both.output)")
        #expect(both.errors.contains("which does not end with SENDFILE_LINK_PREFIX, /downloads/") == isOther)
    }
}
