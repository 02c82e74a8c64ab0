import Glibc

/// The other side of a CDN's links: botocore and Akamai's library for Python, which make them.
enum CDNSigner {
    /// The versions in the Python package index.
    private static let packages = ["botocore==1.44.8", "cryptography==50.0.2", "akamai-edgeauth==0.3.2"]

    /// The interpreter with the packages.
    static var python: String {
        get throws {
            let versions = Self.packages.map { $0.replacing("==", with: "-") }.joined(separator: "-")
            return try PythonEnvironment.python(versions, packages: Self.packages)
        }
    }

    /// The key of Akamai's tokens.
    static let akamaiKey = "52a152a152a152a152a152a152a1"

    /// The beginning of the URLs that are signed for CloudFront.
    static let url = "https://d111111abcdef8.cloudfront.net"

    /// The algorithms of key pairs, which are also their ids.
    static let pairs = ["rsa", "ec"]

    /// The directory with a private key and a public key for each pair.
    static var keys: String { get throws { try self.result.get() } }

    private static let result = Result {
        let directory = try Workspace.shared.makeDirectory("cdn")
        _ = try Self.make(Self.pairs.map { ["key", "\(directory)/\($0)", $0] })
        return directory
    }

    /// Makes a line of text for each list of fields: see `cdn-links`.
    static func make(_ lines: [[String]]) throws -> [String] {
        let directory = try Workspace.shared.makeDirectory("cdn-links")
        let input = lines.map { $0.joined(separator: "\t") + "\n" }.joined()
        try Files.write(input, to: "\(directory)/input")
        let process = try ChildProcess(
            [
                "sh", "-c", "exec \"$0\" \"$1\" <\"$2\"", try Self.python,
                "\(CodeBlock.package)/Tests/ServerTests/Gate/CDN/cdn-links", "\(directory)/input",
            ], log: "\(directory)/output")
        let end = try process.waitForEnd()
        let output = try Files.text("\(directory)/output")
        let made = output.split(separator: "\n").map(String.init)
        guard end == .exited(0), made.count == lines.count else { throw Failure("cdn-links \(end): \(output)") }
        return made
    }

    /// A signed URL without its scheme and host.
    static func targets(_ lines: [[String]]) throws -> [String] {
        try Self.make(lines).map { String($0.dropFirst(Self.url.count)) }
    }

    /// The fields of a URL with a canned policy.
    static func canned(_ path: String, pair: String = "rsa", hash: String = "", seconds: Int = 3600) throws -> [String]
    {
        ["canned", "\(try Self.keys)/\(pair)", pair, hash, "\(Self.url)\(path)", String(time(nil) + seconds)]
    }

    /// The fields of a URL with a custom policy.
    static func custom(
        _ path: String, resource: String, pair: String = "rsa", hash: String = "", seconds: Int = 3600,
        from: Int? = nil,
        address: String = ""
    ) throws -> [String] {
        [
            "custom", "\(try Self.keys)/\(pair)", pair, hash, "\(Self.url)\(path)", "\(Self.url)\(resource)",
            String(time(nil) + seconds), from.map { String(time(nil) + $0) } ?? "", address,
        ]
    }

    /// The fields of a token for a URL or a list of paths.
    static func akamai(
        _ kind: String, _ path: String, seconds: Int = 3600, escape: String = "no", address: String = "",
        id: String = ""
    ) -> [String] {
        [kind, Self.akamaiKey, "sha256", "", escape, address, "", String(time(nil) + seconds), id, "", path]
    }

    /// The cookies with the parameters of a signed URL, as one field.
    static func cookies(_ target: String) -> String {
        target.split(separator: "?")[1].split(separator: "&").map { "CloudFront-\($0)" }.joined(separator: "; ")
    }

    /// The gate's settings.
    static var settings: [String: String] {
        get throws {
            let keys = try Self.keys
            return [
                "SENDFILE_CLOUDFRONT_KEYS": Self.pairs.map { "\(keys)/\($0).pem" }.joined(separator: ","),
                "SENDFILE_CLOUDFRONT_URL": "https://cdn.example.org,\(Self.url)", "SENDFILE_AKAMAI_KEY": Self.akamaiKey,
            ]
        }
    }

    /// A gate that accepts these links.
    static func site(_ server: WebServer, _ settings: [String: String] = [:], isPart: Bool = false) throws -> GateSite {
        try GateSite.shared(
            .init(server: server, settings: try Self.settings.merging(settings) { $1 }, isPart: isPart))
    }
}
