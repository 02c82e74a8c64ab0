import Glibc
import SignedLinks
import SignedLinksCDN
import Testing

@testable import sendfile_gate

/// The settings of links of CDNs.
@Suite struct GateCDNSettingsTests {
    private static func settings(_ values: [String: String]) throws -> GateSettings {
        let all = values.merging(["SENDFILE_LINK_SECRET": "0123456789abcdef"]) { $1 }
        return try GateSettings(SettingsSource(environment: all.mapValues { Array($0.utf8) }, file: nil))
    }

    /// A file with a public key.
    private static func key(_ name: String = "K2JCJMDEHXQW5F.pem", _ text: String = pem) throws -> String {
        let path = "\(try Workspace.shared.makeDirectory("key"))/\(name)"
        try Files.write(text, to: path)
        return path
    }

    private static let pem = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE/AnoMLdW89V0hVe36Xt8I/+X48N4
        GV3U7DkfZLaS9IYSs8QkwcQ+WENGPUWT6YctvMyzJIp4MY2gdlei3h9yOw==
        -----END PUBLIC KEY-----

        """

    @Test("The settings name the CDNs whose links are accepted")
    func accepted() throws {
        #expect(try Self.settings([:]).accepted.cdn == nil)
        let url = "https://d111111abcdef8.cloudfront.net"
        let files = "\(try Self.key()), \(try Self.key("other.pem", Self.pem.replacing("\n", with: "\r\n")))"
        let cloudFront = try Self.settings(["SENDFILE_CLOUDFRONT_KEYS": files, "SENDFILE_CLOUDFRONT_URL": url])
        #expect(cloudFront.accepted.cdn?.cloudFront != nil && cloudFront.accepted.cdn?.akamai == nil)
        let akamai = try Self.settings(["SENDFILE_AKAMAI_KEY": "0123 4567", "SENDFILE_AKAMAI_NAME": "a, b"])
        #expect(akamai.accepted.cdn?.akamai?.names == ["a", "b"])
        #expect(
            try Self.settings(["SENDFILE_AKAMAI_KEY": "0123"]).accepted.cdn?.akamai?.names == AkamaiTokens.standardNames
        )
    }

    @Test("An incomplete or invalid setting is refused with its name and without a key")
    func invalid() throws {
        let (file, url) = (try Self.key(), "https://a.example.org")
        let cases: [([String: String], String, GateError.Status)] = [
            (
                ["SENDFILE_CLOUDFRONT_KEYS": file],
                "SENDFILE_CLOUDFRONT_KEYS is set, and SENDFILE_CLOUDFRONT_URL is not", .configuration
            ),
            (
                ["SENDFILE_CLOUDFRONT_URL": url], "SENDFILE_CLOUDFRONT_URL is set, and SENDFILE_CLOUDFRONT_KEYS is not",
                .configuration
            ),
            (
                ["SENDFILE_CLOUDFRONT_KEYS": "\(file)x", "SENDFILE_CLOUDFRONT_URL": url],
                "SENDFILE_CLOUDFRONT_KEYS is \"\(file)x\", which is not a list of files", .configuration
            ),
            (
                ["SENDFILE_CLOUDFRONT_KEYS": "/nowhere/K.pem", "SENDFILE_CLOUDFRONT_URL": url],
                "SENDFILE_CLOUDFRONT_KEYS is \"/nowhere/K.pem\", which cannot be read", .noInput
            ),
            (
                ["SENDFILE_CLOUDFRONT_KEYS": try Self.key("K.pem", "x"), "SENDFILE_CLOUDFRONT_URL": url],
                "/K.pem: the key of the pair \"K\" is not a public key in PEM",
                .configuration
            ),
            (
                ["SENDFILE_CLOUDFRONT_KEYS": "\(file),\(file)", "SENDFILE_CLOUDFRONT_URL": url],
                "two key pairs of CloudFront have the same id", .configuration
            ),
            (
                ["SENDFILE_CLOUDFRONT_KEYS": file, "SENDFILE_CLOUDFRONT_URL": "\(url)/dl"],
                "a URL of CloudFront is \"https%3A//a.example.org/dl\"", .configuration
            ),
            (
                ["SENDFILE_AKAMAI_KEY": "a secret"], "SENDFILE_AKAMAI_KEY or SENDFILE_AKAMAI_NAME is invalid",
                .configuration
            ),
            (
                ["SENDFILE_AKAMAI_KEY": "0123", "SENDFILE_AKAMAI_NAME": "a b"],
                "a name of Akamai's tokens is \"a%20b\"", .configuration
            ),
            (
                ["SENDFILE_AKAMAI_KEY": "0123", "SENDFILE_AKAMAI_ALGORITHM": "md4"],
                "SENDFILE_AKAMAI_ALGORITHM is \"md4\", which is not one of sha256, sha1, md5", .configuration
            ),
            (
                ["SENDFILE_AKAMAI_SALT": "a secret"], "SENDFILE_AKAMAI_SALT is set, and SENDFILE_AKAMAI_KEY is not",
                .configuration
            ),
        ]
        for (values, text, status) in cases {
            let error = #expect(throws: GateError.self) { try Self.settings(values) }
            #expect(error?.description.contains(text) == true, "\(error?.description ?? "")")
            #expect(error?.status == status)
            #expect(error?.description.contains("a secret") == false)
        }
    }

    @Test("The report of the settings does not show Akamai's key")
    func report() throws {
        let run = try GateRun(
            ["serve", "--check-settings"],
            environment: [
                "SENDFILE_LINK_SECRET": "0123456789abcdef", "SENDFILE_AKAMAI_KEY": "00112233445566778899",
                "SENDFILE_AKAMAI_SALT": "a-salt-to-hide", "SENDFILE_ROOT": try Workspace.shared.root,
            ])
        #expect(run.end == .exited(0), "\(run.errors)")
        #expect(run.output.contains("SENDFILE_AKAMAI_KEY = not shown (environment)"))
        for secret in ["00112233445566778899", "a-salt-to-hide"] {
            #expect(!run.output.contains(secret) && !run.errors.contains(secret))
        }
    }
}
