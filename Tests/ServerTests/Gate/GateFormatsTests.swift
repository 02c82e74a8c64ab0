import SignedLinks
import Testing

@testable import sendfile_gate

/// Several formats of links in one gate.
@Suite struct GateFormatsTests {
    private static func settings(_ values: [String: String]) throws -> GateSettings {
        let all = values.merging(["SENDFILE_LINK_SECRET": "new:0123456789abcdef old:fedcba9876543210"]) { $1 }
        return try GateSettings(SettingsSource(environment: all.mapValues { Array($0.utf8) }, file: nil))
    }

    @Test("The first format makes links, and links of every format are valid")
    func several() throws {
        let settings = try Self.settings(["SENDFILE_LINK_FORMAT": "hmac, mod-auth-token,nginx-secure-link"])
        #expect("\(settings.formats)" == "hmac,mod-auth-token,nginx-secure-link")
        #expect(settings.format == .hmac)
        let now = LinkTime.now
        for format in [LinkFormat.hmac, .modAuthToken, .nginxSecureLink] {
            for key in [
                LinkKey(id: "new", secret: "0123456789abcdef"), LinkKey(id: "old", secret: "fedcba9876543210"),
            ] {
                let links = try SignedLinks(format: format, keys: [key])
                let link = try links.link(to: "a.txt", expires: now + .seconds(60))
                #expect(Self.verify(link, settings, at: now)?.pathString == "a.txt", "\(format)")
                #expect(Self.verdict(link, settings, at: now + .seconds(61)) == .expired, "\(format)")
            }
        }
        let other = try SignedLinks(format: .wsgiXSendfile, keys: [LinkKey(secret: "0123456789abcdef")])
        #expect(Self.verify(try other.link(to: "a.txt", expires: now + .seconds(60)), settings, at: now) == nil)
    }

    @Test("The flaw of an invalid link is that of the format that the link has")
    func flaws() throws {
        let settings = try Self.settings(["SENDFILE_LINK_FORMAT": "hmac,mod-auth-token,nginx-secure-link"])
        for format in [LinkFormat.hmac, .modAuthToken, .nginxSecureLink] {
            let forger = try SignedLinks(format: format, keys: [LinkKey(id: "new", secret: "a guess of sixteen")])
            let link = try forger.link(to: "a.txt", expires: .now + .seconds(60))
            guard case .invalid(let flaw) = Self.verdict(link, settings, at: .now) else {
                Issue.record("a forged link of \(format) is accepted")
                continue
            }
            #expect(flaw.code == .wrongSignature, "\(format)")
        }
        guard case .invalid(let flaw) = Self.verdict("/a.txt", settings, at: .now) else {
            Issue.record("a URL without a signature is accepted")
            return
        }
        #expect(flaw.code == .missingSignature)
    }

    @Test(
        "An invalid list of formats, or invalid names of arguments, are refused with the setting's name",
        arguments: [
            ("SENDFILE_LINK_FORMAT", "hmac,md4"), ("SENDFILE_LINK_FORMAT", "hmac,"),
            ("SENDFILE_LINK_FORMAT", "hmac,hmac"),
            ("SENDFILE_LINK_FORMAT", "hmac nginx-secure-link"), ("SENDFILE_LINK_NGINX_ARGUMENTS", "st"),
            ("SENDFILE_LINK_NGINX_ARGUMENTS", "st,e,x"),
        ])
    func invalid(_ name: String, _ value: String) {
        let error = #expect(throws: GateError.self) {
            try Self.settings(["SENDFILE_LINK_FORMAT": "nginx-secure-link"].merging([name: value]) { $1 })
        }
        #expect(error?.status == .configuration)
        #expect(error?.description.contains("\(name) is \"\(value)\"") == true, "\(error?.description ?? "")")
    }

    @Test(
        "A setting of nginx's format without that format is refused",
        arguments: [
            ["SENDFILE_LINK_NGINX_EXPRESSION": "{secret}$uri$secure_link_expires"],
            ["SENDFILE_LINK_NGINX_ARGUMENTS": "st,e"],
        ])
    func unused(_ values: [String: String]) {
        let error = #expect(throws: GateError.self) { try Self.settings(values) }
        #expect(error?.description.contains("SENDFILE_LINK_FORMAT=hmac does not use it") == true)
    }

    @Test("A binding that one of the formats does not support is refused")
    func binding() {
        let error = #expect(throws: GateError.self) {
            try Self.settings(["SENDFILE_LINK_FORMAT": "hmac,mod-auth-token", "SENDFILE_LINK_BINDING": "user"])
        }
        #expect(error?.description.contains("SENDFILE_LINK_FORMAT=mod-auth-token") == true)
    }

    private static func verdict(_ link: String, _ settings: GateSettings, at now: LinkTime) -> LinkVerdict {
        let parts = link.split(separator: "?", maxSplits: 1)
        return settings.accepted.verify(
            path: Array(parts[0].utf8)[...], query: parts.count > 1 ? String(parts[1]) : "", at: now,
            binding: LinkBinding())
    }

    private static func verify(_ link: String, _ settings: GateSettings, at now: LinkTime) -> VerifiedLink? {
        if case .valid(let link) = Self.verdict(link, settings, at: now) { link } else { nil }
    }
}
