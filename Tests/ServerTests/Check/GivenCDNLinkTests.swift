import SendfileBasics
import Testing

@testable import sendfile_gate

/// The reason why a gate refuses a link that botocore or Akamai's library has signed.
@Suite struct GivenCDNLinkTests {
    private static let site = "https://files.example.org"
    private static let file = "/dl/films/a.mp4"

    /// Expects a reason that contains the words; no words if the gate accepts the link.
    private static func check(
        _ target: String, _ words: String..., settings: [String: String] = [:], keys: [String: String]? = nil
    ) throws {
        var all = ["SENDFILE_LINK_SECRET": "0123456789abcdef", "SENDFILE_LINK_PREFIX": "/dl"]
        all.merge(try keys ?? CDNSigner.settings) { $1 }
        all.merge(settings) { $1 }
        let gate = try GateSettings(SettingsSource(environment: all.mapValues { Array($0.utf8) }, file: nil))
        let url = try #require(URLText(target.hasPrefix("/") ? "\(Self.site)\(target)" : target))
        let link = try #require(GivenCDNLink(url: url, settings: gate), "\(target)")
        let flaw = link.flaw
        #expect((flaw == nil) == words.isEmpty, "\(flaw ?? "none"): \(words)")
        for word in words { #expect(flaw?.contains(word) == true, "\(flaw ?? "none"): \(word)") }
        #expect(flaw?.contains(CDNSigner.akamaiKey) != true)
        #expect(link.plainURL.text == String(url.text.prefix { $0 != "?" }))
    }

    @Test("The reason for a signed URL of CloudFront names the argument, its value and the remedy") func cloudFront()
        throws
    {
        func custom(_ resource: String, seconds: Int = 3600, from: Int? = nil, address: String = "") throws -> [String]
        {
            try CDNSigner.custom(Self.file, resource: resource, seconds: seconds, from: from, address: address)
        }
        var otherHost = try custom("/dl/*")
        otherHost[5] = "https://other.example.org/dl/*"
        var otherURL = try CDNSigner.canned(Self.file)
        otherURL[4] = "\(Self.site)\(Self.file)"
        var plainScheme = try CDNSigner.canned(Self.file)
        plainScheme[4] = plainScheme[4].replacing("https://d", with: "http://d")
        let targets = try CDNSigner.make([
            try CDNSigner.canned(Self.file), try custom("/dl/*", address: "192.0.2.0/24"),
            try CDNSigner.canned(Self.file, seconds: -600), try custom("/dl/*", seconds: -600, address: "192.0.2.1"),
            try custom("/dl/*", from: 660), otherHost, try custom("/dl/music/*"), try custom("/films/*"),
            try CDNSigner.canned("/films/a.mp4"), try CDNSigner.canned(Self.file, hash: "SHA256"), otherURL,
            plainScheme,
            try CDNSigner.canned(Self.file, seconds: 90_000),
        ]).map { url in String(url[(url.firstRange(of: "?")?.lowerBound ?? url.endIndex)...]) }
            .map { "\(Self.file)\($0)" }
        let good = targets[0]
        try Self.check(good)
        try Self.check(targets[1])
        try Self.check(targets[2], "its Expires, ", "was 1", " minutes ago", "a later time")
        try Self.check(targets[3], "its policy's DateLessThan, ", "was 1", " minutes ago")
        try Self.check(targets[4], "its policy's DateGreaterThan, ", "is in 1", "wait, or")
        try Self.check(
            targets[5], "Resource is \"https://other.example.org/dl/*\"", "SENDFILE_CLOUDFRONT_URL is",
            "add https://other.example.org to it")
        try Self.check(
            targets[6], "Resource is \"\(CDNSigner.url)/dl/music/*\", which does not cover",
            "\(CDNSigner.url)\(Self.file)")
        try Self.check(targets[7], "Resource is", "without SENDFILE_LINK_PREFIX")
        try Self.check(targets[8], "without SENDFILE_LINK_PREFIX")
        try Self.check(targets[9].replacing("&Hash-Algorithm=SHA256", with: ""), "append Hash-Algorithm=SHA256")
        try Self.check("\(good)&Hash-Algorithm=SHA256", "Hash-Algorithm is SHA256", "remove the argument")
        try Self.check(
            targets[10], "it was signed for \(Self.site)", "SENDFILE_CLOUDFRONT_URL", "add \(Self.site) to it")
        try Self.check(targets[11], "it was signed for http://d111111abcdef8.cloudfront.net")
        try Self.check(targets[12], "later than SENDFILE_LINK_LONGEST", settings: ["SENDFILE_LINK_LONGEST": "2h"])
        try Self.check(
            good.replacing("Key-Pair-Id=rsa", with: "Key-Pair-Id=K9"), "its Key-Pair-Id is \"K9\"",
            "SENDFILE_CLOUDFRONT_KEYS has \"rsa\", \"ec\"", "add the file K9.pem")
        try Self.check(
            good.replacing("Key-Pair-Id=rsa", with: "Key-Pair-Id=ec"), "Key-Pair-Id is \"ec\"",
            "that of the pair \"rsa\"")
        try Self.check(
            good.replacing("a.mp4", with: "b.mp4"), "does not hold", "\"rsa\"", "\(CDNSigner.url)/dl/films/b.mp4")
        try Self.check(targets[1].replacing("Policy=e", with: "Policy=f"), "does not hold", "the policy was changed")
        try Self.check("\(good.prefix { $0 != "&" })&Key-Pair-Id=rsa", "Signature is missing", "cut off")
        try Self.check(good.replacing("&", with: "&amp;"), "escaped twice")
        try Self.check(good.replacing("/dl/", with: "/x/"), "SENDFILE_LINK_PREFIX, \"/dl\"")
        try Self.check(good, "SENDFILE_CLOUDFRONT_KEYS is not set", "rsa.pem", "SENDFILE_CLOUDFRONT_URL", keys: [:])
    }

    @Test("The reason for a token of Akamai names the field, its value and the remedy") func akamai() throws {
        func made(_ kind: String, _ path: String, change: (inout [String]) -> Void) -> [String] {
            var line = CDNSigner.akamai(kind, path)
            change(&line)
            return line
        }
        let tokens = try CDNSigner.make([
            CDNSigner.akamai("acl", "/dl/films/*", address: "192.0.2.1"), CDNSigner.akamai("url", Self.file),
            CDNSigner.akamai("acl", "/dl/*", seconds: -600), CDNSigner.akamai("acl", "/dl/music/*"),
            CDNSigner.akamai("acl", "/dl/music/*,/dl/films/*"), CDNSigner.akamai("acl", "/films/*"),
            CDNSigner.akamai("url", "/films/a.mp4"), made("acl", "/dl/*") { $0[2] = "sha1" },
            made("acl", "/dl/*") { $0[1] = Hexadecimal.encode(CDNSigner.akamaiKey.utf8) },
            made("acl", "/dl/*") { $0[1] = "0123" },
            made("acl", "/dl/*") {
                $0[6] = "\(Int64($0[7]) ?? 0)"
                $0[7] = "\((Int64($0[7]) ?? 0) + 60)"
            },
        ])
        func target(_ index: Int, _ name: String = "hdnts") -> String { "\(Self.file)?\(name)=\(tokens[index])" }
        for index in 0...1 { try Self.check(target(index)) }
        try Self.check(target(2), "its argument hdnts is a token of Akamai", "its exp, ", "was 1", " minutes ago")
        try Self.check(target(3), "its acl is \"/dl/music/*\", which does not cover \"\(Self.file)\"")
        try Self.check(target(4), "separated by \",\"", "\"!\"")
        for index in 5...6 { try Self.check(target(index), "without SENDFILE_LINK_PREFIX") }
        try Self.check(
            target(7), "40 digits, as sha1 makes them", "SENDFILE_AKAMAI_ALGORITHM is sha256: set it to sha1")
        try Self.check(target(8), "the text of SENDFILE_AKAMAI_KEY", "bytes")
        try Self.check(target(9), "not that of SENDFILE_AKAMAI_KEY", "the key or the salt differs")
        try Self.check(target(10), "its st, ", "is in ", " minutes by", "wait, or")
        try Self.check(
            target(0), "signed without a salt: remove SENDFILE_AKAMAI_SALT", settings: ["SENDFILE_AKAMAI_SALT": "s"])
        try Self.check(target(0).replacing("~", with: "!"), "its fields are separated by \"!\"", "\"~\"")
        try Self.check(target(0, "token"), "SENDFILE_AKAMAI_NAME is \"__token__,hdnts,hdnea\": add token to it")
        try Self.check("\(Self.file)?hdnts=\(tokens[0].prefix { $0 != "h" })", "does not end with hmac=", "cut off")
        try Self.check(target(0), "SENDFILE_AKAMAI_KEY is not set", keys: [:])
        try Self.check(target(0).replacing("/dl/", with: "/x/"), "SENDFILE_LINK_PREFIX, \"/dl\"")
    }

    @Test(
        "The gate's own links and other queries are not taken for those of a CDN",
        arguments: ["expires=1&signature=x", "AWSAccessKeyId=a&Expires=1&Signature=x", "hmac=1", "grant=x"])
    func others(_ query: String) throws {
        let gate = try GateSettings(
            SettingsSource(environment: ["SENDFILE_LINK_SECRET": Array("0123456789abcdef".utf8)], file: nil))
        #expect(GivenCDNLink(url: try #require(URLText("\(Self.site)/a?\(query)")), settings: gate) == nil)
    }

    @Test("The command names the setting and its line") func command() throws {
        let settings = "\(try Workspace.shared.makeDirectory("given"))/settings"
        let values = try CDNSigner.settings.merging(
            ["SENDFILE_LINK_SECRET": "0123456789abcdef", "SENDFILE_ROOT": try Workspace.shared.root]
        ) { $1 }
        let lines = values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        try Files.write(lines.joined(separator: "\n") + "\n", to: settings, mode: 0o600)
        let target = try CDNSigner.targets([try CDNSigner.canned("/plain.txt")])[0]
            .replacing("Key-Pair-Id=rsa", with: "Key-Pair-Id=K9")
        let run = try GateRun(
            ["check", "--config", settings, "--url", "http://127.0.0.1:9\(target)"], environment: [:])
        #expect(
            run.errors.contains(
                "a link that the gate refuses: it is a signed URL of CloudFront, and its Key-Pair-Id is \"K9\""),
            "\(run.errors)")
        #expect(run.errors.contains("\(settings), line 2: SENDFILE_CLOUDFRONT_KEYS"), "\(run.errors)")
        #expect(!run.errors.contains("SENDFILE_LINK_SECRET"), "\(run.errors)")
    }
}
