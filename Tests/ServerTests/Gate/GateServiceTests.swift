import Glibc
import SignedLinks
import Testing

/// A running gate without a web server: the tests use FastCGI directly.
@Suite struct GateServiceTests {
    /// A gate with its settings in a file.
    private struct Service {
        let program: RunningProgram
        let file: String

        init(_ settings: [String: String], environment: [String: String] = [:]) throws {
            let directory = try Workspace.shared.makeDirectory("service")
            let address = Address.unix(path: "\(directory)/gate.sock")
            let all = [
                "FASTCGI_LISTEN": address.description, "SENDFILE_ROOT": try Workspace.shared.root,
                "SENDFILE_LINK_SECRET": GateSite.secret,
            ].merging(settings) { $1 }
            self.file = "\(directory)/settings"
            let lines = all.filter { !$0.value.isEmpty }.map { "\($0.key)=\($0.value)\n" }.joined()
            try Files.write(lines, to: self.file, mode: 0o600)
            let process = try ChildProcess(
                [try Workspace.shared.gate, "serve", "--config", self.file],
                environment: ChildProcess.plainEnvironment.merging(environment) { $1 }, log: "\(directory)/program.log")
            self.program = RunningProgram(process: process, address: address)
            try self.program.waitUntilListening()
        }

        func link(_ arguments: String..., environment: [String: String] = [:]) throws -> String {
            let run = try GateRun(["link"] + arguments + ["--config", self.file], environment: environment)
            guard run.end == .exited(0), run.errors.isEmpty else { throw Failure("no link: \(run.errors)") }
            return String(run.output.dropLast())
        }

        /// A link made with the secret of the gate.
        func signed(_ make: (SignedLinks) throws -> String) throws -> String {
            try make(SignedLinks(keys: [LinkKey(secret: GateSite.secret)]))
        }

        func expired(_ path: String) throws -> String {
            try self.signed { try $0.link(to: path, expires: .now - .seconds(60)) }
        }

        func status(_ link: String, _ parameters: [String: String] = [:], method: String = "GET") throws -> Int? {
            try self.program.client().exchange(method, link, parameters: parameters).status
        }

        func stop() throws { #expect(try self.program.stop() == .exited(0)) }
    }

    @Test("The commands serve and link read the same file, and the environment overrides it")
    func file() throws {
        let service = try Service(
            ["SENDFILE_DISPOSITION": "inline", "SENDFILE_LINK_PREFIX": "/file/"],
            environment: ["SENDFILE_LINK_PREFIX": "/environment"])
        let link = try service.link("plain.txt", environment: ["SENDFILE_LINK_PREFIX": "/environment"])
        let answer = try service.program.client().exchange("GET", link)
        #expect(answer.text == "content of plain.txt")
        #expect(answer.field("Content-Disposition") == nil)
        #expect(try service.status(service.link("plain.txt")) == 404)
        try service.stop()
    }

    @Test("SENDFILE_CONFIG also names the file")
    func variable() throws {
        let service = try Service([:])
        let run = try GateRun(["link", "plain.txt"], environment: ["SENDFILE_CONFIG": service.file])
        #expect(run.end == .exited(0))
        #expect(try service.status(String(run.output.dropLast())) == 200)
        try service.stop()
    }

    @Test("A parameter of the web server overrides the file")
    func parameter() throws {
        let service = try Service([:])
        let link = try service.link("plain.txt")
        let answer = try service.program.client().exchange(
            "GET", link, parameters: ["SENDFILE_BACKEND": "nginx", "SENDFILE_URL": "/internal/"])
        #expect(answer.field("X-Accel-Redirect") == "/internal/plain.txt")
        // A client's header field is not a parameter of the web server.
        let client = try service.program.client().exchange(
            "GET", link,
            parameters: [
                "HTTP_SENDFILE_BACKEND": "nginx", "HTTP_X_ACCEL_MAPPING": "/=/", "HTTP_X_SENDFILE_TYPE": "nginx",
            ])
        #expect(client.field("X-Accel-Redirect") == nil)
        #expect(client.text == "content of plain.txt")
        try service.stop()
    }

    @Test("A new key signs, and links of the old key are valid until it is removed")
    func rotation() throws {
        let old = try Service(["SENDFILE_LINK_SECRET": "a:first-secret-of-the-gate"])
        let both = try Service(["SENDFILE_LINK_SECRET": "b:second-secret-of-the-gate a:first-secret-of-the-gate"])
        let new = try Service(["SENDFILE_LINK_SECRET": "b:second-secret-of-the-gate"])
        let (first, second) = (try old.link("plain.txt"), try both.link("plain.txt"))
        #expect(try [old, both, new].map { try $0.status(first) } == [200, 200, 404])
        #expect(try [old, both, new].map { try $0.status(second) } == [404, 200, 200])
        for service in [old, both, new] { try service.stop() }
    }

    @Test("A link bound to a user is invalid for other users and without a user")
    func user() throws {
        let service = try Service(["SENDFILE_LINK_BINDING": "user"])
        let link = try service.link("plain.txt", "--for-user", "alice")
        #expect(try service.status(link, ["REMOTE_USER": "alice"]) == 200)
        #expect(try service.status(link, ["REMOTE_USER": "mallory"]) == 404)
        #expect(try service.status(link, ["REMOTE_USER": ""]) == 404)
        #expect(try service.status(link, ["HTTP_REMOTE_USER": "alice"]) == 404)
        try service.stop()
    }

    @Test("Every 404 and 410 has its reason in the log")
    func reasons() throws {
        let service = try Service(["SENDFILE_LINK_LONGEST": "30d"])
        let link = try service.link("plain.txt")
        let (path, query) = ("/plain.txt", link.drop { $0 != "?" }.dropFirst())
        for (link, status, reason) in [
            ("/no-link-at-all.txt", 404, "the link has no signature"),
            (link.replacing("plain", with: "plane"), 404, "the signature is wrong"),
            (String(link.dropLast(20)), 404, "the link is malformed: signature is not 43 characters"),
            ("\(path)?\(query.replacing("&", with: "&amp;"))", 404, "the link was escaped twice"),
            (try self.missing(service), 404, "the link is valid, but SENDFILE_ROOT contains no such file"),
            (try service.expired("plain.txt"), 410, "the link has expired"),
            (try self.tooLate(service), 404, "the link expires later than SENDFILE_LINK_LONGEST allows"),
        ] {
            #expect(try service.status(link) == status, "\(reason)")
            try service.program.waitForLog("info sendfile-gate: answered with \(status): \(reason)")
        }
        #expect(try Files.text(service.program.process.log).contains("path=/plane.txt"))
        try service.stop()
    }

    private func missing(_ service: Service) throws -> String {
        try service.signed { try $0.link(to: "nowhere.txt", expires: .now + .seconds(60)) }
    }

    /// A link whose expiry is in milliseconds.
    private func tooLate(_ service: Service) throws -> String {
        try service.signed {
            try $0.link(to: "plain.txt", expires: LinkTime(secondsSince1970: LinkTime.now.secondsSince1970 * 1000))
        }
    }

    @Test("Scanners do not fill the log: each reason has ten lines a minute, and the others are counted")
    func throttled() throws {
        let service = try Service([:])
        for number in 1...40 { #expect(try service.status("/scan-\(number)") == 404) }
        #expect(try service.status(service.expired("plain.txt")) == 410)
        try service.program.waitForLog("answered with 410: the link has expired")
        try service.stop()
        let log = try Files.text(service.program.process.log)
        #expect(log.split(separator: "\n").count { $0.contains("the link has no signature") } == 10, "\(log)")
        #expect(log.contains("30 more lines were left out for this reason: missingSignature"), "\(log)")
    }

    @Test("A stop is logged")
    func stopping() throws {
        let service = try Service([:])
        try service.stop()
        let log = try Files.text(service.program.process.log)
        #expect(log.contains("info sendfile-gate: stopping: a signal has arrived"), "\(log)")
        #expect(log.contains("info sendfile-gate: stopped\n"), "\(log)")
    }

    @Test("SIGHUP makes the program read the secret file again, and an invalid file leaves the secrets in use")
    func hangup() throws {
        let file = "\(try Workspace.shared.makeDirectory("hangup"))/secret"
        try Files.write("a:first-secret-of-the-gate\n", to: file, mode: 0o600)
        let service = try Service(["SENDFILE_LINK_SECRET": "", "SENDFILE_LINK_SECRET_FILE": file])
        let first = try service.link("plain.txt")
        try Files.write("b:second-secret-of-the-gate\na:first-secret-of-the-gate\n", to: file, mode: 0o600)
        let second = try service.link("plain.txt")
        #expect(try [first, second].map { try service.status($0) } == [200, 404])
        service.program.process.signal(SIGHUP)
        try service.program.waitForLog("notice sendfile-gate: SIGHUP: the secrets were read again")
        #expect(try [first, second].map { try service.status($0) } == [200, 200])
        try Files.write("", to: file, mode: 0o600)
        service.program.process.signal(SIGHUP)
        try service.program.waitForLog(
            "error sendfile-gate: SIGHUP: the previous secrets stay in use: \(file) is empty")
        #expect(try [first, second].map { try service.status($0) } == [200, 200])
        try service.stop()
    }

    @Test(
        "SIGHUP makes the program read each file with keys again, and an invalid file leaves its own previous keys in use",
        arguments: [false, true])
    func hangupOfEachFile(hasSecretFile: Bool) throws {
        let directory = try Workspace.shared.makeDirectory("hangup")
        let (secret, publicKey) = ("\(directory)/secret", "\(directory)/K1.pem")
        let akamaiKeys = ["aa", "bb", "cc"].map { String(repeating: $0, count: 16) }
        func write(pair: String, secret text: String) throws {
            try Files.write(Files.text("\(CDNSigner.keys)/\(pair).pem"), to: publicKey)
            try Files.write("\(text)\n", to: secret, mode: 0o600)
        }
        try write(pair: "rsa", secret: GateSite.secret)
        let service = try Service(
            [
                "SENDFILE_LINK_SECRET": "", "SENDFILE_LINK_SECRET_FILE": hasSecretFile ? secret : "",
                "SENDFILE_CLOUDFRONT_KEYS": publicKey, "SENDFILE_CLOUDFRONT_URL": CDNSigner.url,
                "SENDFILE_AKAMAI_KEY": akamaiKeys[0],
            ], environment: hasSecretFile ? [:] : ["SENDFILE_LINK_SECRET": GateSite.secret])
        func changeAkamaiKey(from old: String, to new: String) throws {
            try Files.write(Files.text(service.file).replacing(old, with: new), to: service.file, mode: 0o600)
        }
        // A link of each key, the first and the second of CloudFront and the three of Akamai.
        let links =
            try CDNSigner.targets(
                CDNSigner.pairs.map { pair in
                    var line = try CDNSigner.canned("/plain.txt", pair: pair)
                    line[2] = "K1"
                    return line
                })
            + CDNSigner.make(
                akamaiKeys.map { key in
                    var line = CDNSigner.akamai("acl", "/plain.txt")
                    line[1] = key
                    return line
                }
            ).map { "/plain.txt?hdnts=\($0)" }
        func statuses() throws -> [Int?] { try links.map { try service.status($0) } }
        #expect(try statuses() == [200, 404, 200, 404, 404])

        let old = try service.signed { try $0.link(to: "plain.txt", expires: .now + .seconds(600)) }
        try write(pair: "ec", secret: "second-secret-of-the-gate")
        try changeAkamaiKey(from: akamaiKeys[0], to: akamaiKeys[1])
        service.program.process.signal(SIGHUP)
        try service.program.waitForLog("notice sendfile-gate: SIGHUP: the secrets were read again")
        #expect(try statuses() == [404, 200, 404, 200, 404])
        #expect(try service.status(old) == (hasSecretFile ? 404 : 200))

        unlink(publicKey)
        try changeAkamaiKey(from: akamaiKeys[1], to: akamaiKeys[2])
        service.program.process.signal(SIGHUP)
        try service.program.waitForLog(
            "SENDFILE_CLOUDFRONT_KEYS is \(publicKey.debugDescription), which cannot be read")
        try service.program.waitForLog("notice sendfile-gate: SIGHUP: the secrets in the other files were read again")
        #expect(try statuses() == [404, 200, 404, 404, 200])
        try service.stop()
    }

    @Test("SIGHUP does not end a program whose secret is in the environment")
    func hangupWithoutFile() throws {
        let secret = ["SENDFILE_LINK_SECRET": GateSite.secret]
        let service = try Service(["SENDFILE_LINK_SECRET": ""], environment: secret)
        let link = try service.link("plain.txt", environment: secret)
        service.program.process.signal(SIGHUP)
        try service.program.waitForLog("notice sendfile-gate: SIGHUP is ignored")
        #expect(try service.status(link) == 200)
        try service.stop()
    }

    @Test("A root that is the whole file system, and no root at all, are logged at start")
    func roots() throws {
        for (root, line) in [
            ("/", "warning sendfile-gate: SENDFILE_ROOT is \"/\""),
            ("", "notice sendfile-gate: SENDFILE_ROOT is not set"),
        ] {
            let service = try Service(["SENDFILE_ROOT": root])
            try service.program.waitForLog(line)
            try service.stop()
        }
    }

    @Test("A link bound to its method is valid for GET only; other links are also valid for HEAD")
    func method() throws {
        let service = try Service(["SENDFILE_LINK_BINDING": "method"])
        let link = try service.link("plain.txt")
        #expect(try service.status(link) == 200)
        #expect(try service.status(link, method: "HEAD") == 404)
        try service.stop()
    }

    @Test("The secure_link_md5 expression of an existing nginx site is supported")
    func expression() throws {
        let service = try Service([
            "SENDFILE_LINK_FORMAT": "nginx-secure-link", "SENDFILE_LINK_BINDING": "address",
            "SENDFILE_LINK_PREFIX": "/dl",
            "SENDFILE_LINK_NGINX_EXPRESSION": "$secure_link_expires/dl$uri$remote_addr {secret}",
        ])
        let end = 4_000_000_000
        let sum = try ChildProcess(
            [
                "sh", "-c",
                "printf %s '\(end)/dl/plain.txt192.0.2.7 \(GateSite.secret)' | md5sum | cut -c-32 | tr a-f A-F "
                    + "| basenc --base16 -d | basenc --base64url | tr -d =",
            ], log: "\(try Workspace.shared.makeDirectory("sum"))/sum")
        #expect(try sum.waitForEnd() == .exited(0))
        let signature = try Files.text(sum.log).prefix { !$0.isNewline }
        let link = "/dl/plain.txt?md5=\(signature)&expires=\(end)"
        #expect(try service.status(link, ["REMOTE_ADDR": "192.0.2.7"]) == 200)
        #expect(try service.status(link, ["REMOTE_ADDR": "192.0.2.8"]) == 404)
        #expect(try service.link("plain.txt", "--for-address", "192.0.2.7", "--expires", "@\(end)") == link)
        try service.stop()
    }

    @Test("A binding that the format does not support is an error at start")
    func unsupportedBinding() throws {
        let run = try GateRun(
            ["serve"],
            environment: [
                "SENDFILE_LINK_SECRET": GateSite.secret, "SENDFILE_LINK_BINDING": "user",
                "SENDFILE_LINK_FORMAT": "wsgi-xsendfile",
            ])
        #expect(run.end == .exited(78))
        #expect(run.errors.contains("SENDFILE_LINK_BINDING"))
        #expect(run.errors.contains("wsgi-xsendfile"))
    }

    @Test("Signals end the program with status 0, and a secret that every user can read causes a warning in the log")
    func signalsAndWarnings() throws {
        for signal in [SIGTERM, SIGINT, SIGUSR1] {
            let file = "\(try Workspace.shared.makeDirectory("open"))/secret"
            try Files.write("an-open-secret-of-the-gate\n", to: file, mode: 0o644)
            let service = try Service(["SENDFILE_LINK_SECRET": "", "SENDFILE_LINK_SECRET_FILE": file])
            try service.program.waitForLog("warning sendfile-gate: \(file) contains a secret")
            service.program.process.signal(signal)
            #expect(try service.program.process.waitForEnd() == .exited(0))
        }
    }
}
