import Glibc
import SendfileBasics
import SignedLinks
import Testing

@testable import sendfile_gate

/// The settings of sendfile-gate, from all sources.
@Suite struct GateSettingsTests {
    @Test(
        "A duration is parsed",
        arguments: [
            ("90s", .lasting(.seconds(90))), ("30m", .lasting(.seconds(1800))), ("1h", .lasting(.seconds(3600))),
            ("7d", .lasting(.seconds(604_800))),
            ("1w", .lasting(.seconds(604_800))), ("1.5h", .lasting(.seconds(5400))), ("3000ms", .lasting(.seconds(3))),
            ("90", .lasting(.seconds(90))), ("@1780000000", .until(LinkTime(secondsSince1970: 1_780_000_000))),
            ("@0", .until(LinkTime(secondsSince1970: 0))),
            ("2027-01-31T18:00Z", .until(LinkTime(secondsSince1970: 1_801_418_400))),
            ("2027-01-31T18:00:30Z", .until(LinkTime(secondsSince1970: 1_801_418_430))),
            ("2028-02-29T00:00Z", .until(LinkTime(secondsSince1970: 1_835_395_200))),
        ] as [(String, LinkDuration)])
    func duration(_ text: String, _ duration: LinkDuration) {
        #expect(LinkDuration(text) == duration)
    }

    @Test(
        "An invalid duration is refused",
        arguments: [
            "", "0", "0s", "-1", "+1", "1.5s", "500ms", "h", "1 h", " 1h", "1h ", "1h30m", "@", "@-1", "@1h", "٣h",
            "1H",
            "9223372036854775807", "9223372036854775808", "106751991167301d", "99999999999999999999d",
            "@9223372036854775808", "2027-02-29", "2027-13-01", "2027-1-31", "2027-01-31T24:00", "2027-01-31T18",
            "2027-01-31Z", "27-01-31",
        ])
    func noDuration(_ text: String) {
        #expect(LinkDuration(text) == nil)
    }

    @Test("A duration ends after its time, and an absolute time at that time")
    func end() {
        let now = LinkTime(secondsSince1970: 1_000_000)
        #expect(LinkDuration("1h")?.end(from: now).secondsSince1970 == 1_003_600)
        #expect(LinkDuration("@5")?.end(from: now).secondsSince1970 == 5)
    }

    @Test("A date without a time is the last second of that day")
    func day() throws {
        guard case .until(let end) = LinkDuration("2027-01-31"),
            case .until(let next) = LinkDuration("2027-02-01T00:00")
        else { throw Failure("a date is not read") }
        #expect(end.secondsSince1970 + 1 == next.secondsSince1970)
    }

    @Test(
        "An invalid value in a file is named with the file and the line",
        arguments: ["SENDFILE_LINK_TIMEOUT=soon", "SENDFILE_LINK_LONGEST=ever", "SENDFILE_LINK_BINDING=country"])
    func wrongValueInFile(_ line: String) throws {
        let path = try Self.file("# the gate\n\(line)\nSENDFILE_LINK_SECRET=0123456789abcdef0123456789abcdef\n")
        let error = #expect(throws: GateError.self) { try GateSettings(Self.source([:], file: path)) }
        let name = line.prefix { $0 != "=" }
        #expect(error?.description.hasPrefix("\(path), line 2: \(name) is ") == true, "\(error?.description ?? "")")
        // The environment overrides the file, so the line is not at fault.
        let other = #expect(throws: GateError.self) {
            try GateSettings(Self.source([String(name): "?"], file: path))
        }
        #expect(other?.description.hasPrefix("\(name) is \"?\"") == true, "\(other?.description ?? "")")
    }

    @Test("A library's error about a value in a file is named with the file and the line")
    func wrongLibraryValueInFile() throws {
        let path = try Self.file(
            "FASTCGI_READ_TIMEOUT=often\nSENDFILE_LINK_SECRET=0123456789abcdef0123456789abcdef\n")
        let run = try GateRun(["serve", "--config", path])
        #expect(run.end == .exited(78))
        #expect(run.errors.contains("\(path), line 1: FASTCGI_READ_TIMEOUT is \"often\""), "\(run.errors)")
    }

    @Test("A setting in lower case is named in upper case")
    func lowerCase() throws {
        let path = try Self.file("sendfile_link_secret_file=/etc/secret\n")
        let error = #expect(throws: GateError.self) { try Self.source([:], file: path) }
        #expect(error?.description.hasSuffix("the most similar one is SENDFILE_LINK_SECRET_FILE") == true)
        #expect(
            try Self.source(["sendfile_root": "/srv"]).warnings == [
                "sendfile_root in the environment has no effect: the names of settings are in upper case, SENDFILE_ROOT"
            ])
    }

    @Test("The environment overrides the file, except for an empty variable, and a line is taken literally")
    func layers() throws {
        let path = try Self.file(
            """
            # comment
              SENDFILE_LINK_TIMEOUT = 60
            SENDFILE_LINK_PREFIX="/a b = c"
            SENDFILE_DISPOSITION='inline'\r

            SENDFILE_ROOT=/from/file
            SENDFILE_BACKEND=
            FASTCGI_WORKERS=3
            """)
        let source = try Self.source(["SENDFILE_ROOT": "/from/environment", "FASTCGI_WORKERS": ""], file: path)
        #expect(source["SENDFILE_LINK_TIMEOUT"] == "60")
        #expect(source["SENDFILE_LINK_PREFIX"] == "/a b = c")
        #expect(source["SENDFILE_DISPOSITION"] == "inline")
        #expect(source["SENDFILE_ROOT"] == "/from/environment")
        #expect(source["SENDFILE_BACKEND"] == nil)
        #expect(source["FASTCGI_WORKERS"] == "3")
    }

    @Test(
        "An invalid line is named",
        arguments: [
            ("SENDFILE_ROT=/srv", "line 1: \"SENDFILE_ROT\" is not a setting; the most similar one is SENDFILE_ROOT"),
            (
                "\nexport SENDFILE_ROOT=/srv",
                "line 2: \"export SENDFILE_ROOT\" is not a setting; the most similar one is SENDFILE_ROOT"
            ),
            ("HOME=/root", "line 1: \"HOME\" is not a setting"), ("SENDFILE_ROOT", "line 1 is not NAME=value"),
            ("SENDFILE_CONFIG=/other", "line 1: \"SENDFILE_CONFIG\" is not a setting"),
            ("SENDFILE_ROOT=a\nSENDFILE_ROOT=b", "line 2 sets SENDFILE_ROOT, which line 1 also sets"),
        ])
    func wrongLine(_ text: String, _ message: String) throws {
        let path = try Self.file(text)
        let error = #expect(throws: GateError.self) { try Self.source([:], file: path) }
        #expect(error?.status == .configuration)
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains(path) == true)
    }

    @Test("A file of something else is refused with a short message", .timeLimit(.minutes(1)))
    func otherFile() throws {
        let path = try Self.file(String(repeating: "x", count: 1_000_000) + "=1")
        let error = #expect(throws: GateError.self) { try Self.source([:], file: path) }
        #expect((error?.description.utf8.count ?? .max) < 400)
    }

    @Test(
        "A misspelt variable is named with the most similar setting",
        arguments: [
            ("SENDFILE_LINK_SECRETFILE", "SENDFILE_LINK_SECRET_FILE"),
            ("SENDFILE_LINK_TIMOUT", "SENDFILE_LINK_TIMEOUT"),
            ("FASTCGI_WORKER", "FASTCGI_WORKERS"), ("SENDFILE_LINKPREFIX", "SENDFILE_LINK_PREFIX"),
        ])
    func misspelt(_ name: String, _ meant: String) {
        let error = #expect(throws: GateError.self) { try Self.source([name: "x"]) }
        #expect(
            error?.description.contains("\(name) in the environment is not a setting; the most similar one is \(meant)")
                == true)
    }

    @Test(
        "Keys are parsed",
        arguments: [
            ("secret", [""]), ("new:secret old:other", ["new", "old"]), (":with:colons", [""]), ("a:b:c", ["a"]),
            ("new:secret oldest", ["new", ""]),
        ])
    func keys(_ text: String, _ ids: [String]) throws {
        #expect(try GateKeys(Self.source(["SENDFILE_LINK_SECRET": text])).links.map(\.id) == ids)
        let path = try Self.file("# the keys\n\(text.replacing(" ", with: "\n"))\r\n")
        #expect(try GateKeys(Self.source(["SENDFILE_LINK_SECRET_FILE": path])).links.map(\.id) == ids)
    }

    @Test(
        "Invalid keys are refused, and no message contains any of their text",
        arguments: [
            ("two zebra", "has no name, like another key"), ("k:zebra k:zebra", "has the name of another key"),
            ("k:", "has no secret"), ("z/e:zebra", "not a valid key name"), (" ", "is empty"),
            ("\u{FEFF}k1:zebra", "it begins with a byte order mark"),
            ("SENDFILE_LINK_SECRET=k1:zebra", "it begins with the name of a setting"),
        ])
    func wrongKeys(_ text: String, _ message: String) {
        let error = #expect(throws: GateError.self) { try GateKeys(Self.source(["SENDFILE_LINK_SECRET": text])) }
        #expect(error?.status == .configuration)
        #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
        #expect(error?.description.contains("zebra") == false)
        #expect(error?.description.contains("z/e") == false)
    }

    @Test(
        "A file that other users can read causes a warning with the remedy",
        arguments: [(0o644, true), (0o640, false), (0o600, false)] as [(mode_t, Bool)])
    func openFile(_ mode: mode_t, _ isWarned: Bool) throws {
        let path = try Self.file("secret", mode: mode)
        let warnings = try GateKeys(Self.source(["SENDFILE_LINK_SECRET_FILE": path])).warnings
        #expect(warnings.contains { $0.contains("chmod o= \(path)") } == isWarned)
        let settings = try Self.file("SENDFILE_LINK_SECRET=secret", mode: mode)
        #expect(try Self.source([:], file: settings).warnings.contains { $0.contains(settings) } == isWarned)
    }

    @Test(
        "A likely mistake in a secret file causes a warning that does not show the secret",
        arguments: [
            ("\u{FEFF}zebra-zebra-zebra", "byte order mark"), (" zebra-zebra-zebra", "begins or ends with a space"),
            ("k1:zebra-zebra-zebra\t", "begins or ends with a space"), ("k1:\"zebra-zebra-zebra\"", "in quotes"),
            ("'zebra-zebra-zebra'", "in quotes"), ("SENDFILE_LINK_SECRET=zebra-zebra", "the name of a setting"),
            ("export SECRET=zebra-zebra", "the name of a setting"), ("k1:zebra-zebra-zebra", nil),
            ("zebra zebra zebra zebra", nil), ("k1:zebra-zebra-zebra # old", "a comment after a secret"),
            ("k1:zebra-zebra-zebra\r\r", "a CR in a secret"), ("k1:zebra-zebra#zebra", nil),
        ] as [(String, String?)])
    func mistakenSecret(_ text: String, _ warning: String?) throws {
        let path = try Self.file("\(text)\n")
        let warnings = try GateKeys(Self.source(["SENDFILE_LINK_SECRET_FILE": path])).warnings
        #expect(warnings.count == (warning == nil ? 0 : 1), "\(warnings)")
        if let warning { #expect(warnings.first?.contains(warning) == true, "\(warnings)") }
        #expect(!warnings.contains { $0.contains("zebra") })
    }

    @Test(
        "A secret that can be guessed causes a warning",
        arguments: [("fifteen-bytes-.", true), ("sixteen-bytes-..", false)])
    func shortSecret(_ secret: String, _ isWarned: Bool) throws {
        let warnings = try GateKeys(Self.source(["SENDFILE_LINK_SECRET": "k:\(secret)"])).warnings
        #expect(warnings.contains { $0.contains("can be guessed") } == isWarned)
        #expect(!warnings.contains { $0.contains(secret) })
    }

    @Test(
        "An invalid setting is named with its value and the valid ones",
        arguments: [
            ("SENDFILE_LINK_FORMAT", "md4", "hmac"), ("SENDFILE_LINK_TIMEOUT", "soon", "seconds"),
            ("SENDFILE_LINK_TIMEOUT", "@5", "seconds"), ("SENDFILE_LINK_PREFIX", "downloads", "begins with /"),
            ("SENDFILE_LINK_PREFIX", "/a%20b", "percent"), ("SENDFILE_STATUS_PATH", "status", "begins with /"),
            ("SENDFILE_LINK_BINDING", "address,country", "address, user, method"),
            ("SENDFILE_LINK_BINDING", "address user", "address, user, method"),
            ("SENDFILE_DISPOSITION", "download", "attachment, inline or inline-all"),
        ])
    func wrongValue(_ name: String, _ value: String, _ remedy: String) {
        let error = #expect(throws: GateError.self) {
            try GateSettings(Self.source([name: value, "SENDFILE_LINK_SECRET": "0123456789abcdef0123456789abcdef"]))
        }
        #expect(error?.status == .configuration)
        #expect(error?.description.hasPrefix("\(name) is \"\(value)\", which is not ") == true)
        #expect(error?.description.contains(remedy) == true)
    }

    @Test("The table of settings contains every setting that the libraries read")
    func table() throws {
        let package = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(4)
        let sources = package.joined(separator: "/") + "/Sources"
        let folders =
            ["Sendfile", "FastCGI", "ObjectStorage"]
            + ["Serve", "Link", "Settings", "Store"].map { "sendfile-gate/\($0)" }
        let listing = "\(try Workspace.shared.makeDirectory("names"))/names"
        // In quotes, because the documentation also contains names of other programs' settings.
        let search = try ChildProcess(
            [
                "grep", "-rhoE", "--exclude=Setting.swift", "--exclude=Setting+Store.swift",
                "\"(SENDFILE|FASTCGI|OBJECT|AWS)_[A-Z_]*[A-Z]\\b",
            ]
                + folders.map { "\(sources)/\($0)" },
            log: listing)
        #expect(try search.waitForEnd() == .exited(0))
        let names = Set(try Files.text(listing).split(separator: "\n").map { String($0.dropFirst()) })
        #expect(names.count > 20)
        for name in names { #expect(Setting.isKnown(name), "\(name)") }
        #expect(Set(Setting.all.map(\.name)).subtracting(names).isEmpty)
    }

    private static func source(_ environment: [String: String], file: String? = nil) throws -> SettingsSource {
        try SettingsSource(environment: environment.mapValues { Array($0.utf8) }, file: file)
    }

    private static func file(_ text: String, mode: mode_t = 0o600) throws -> String {
        let path = "\(try Workspace.shared.makeDirectory("settings"))/file"
        try Files.write(text, to: path, mode: mode)
        return path
    }
}
