import Sendfile
import SendfileBasics
import SignedLinks
import SignedLinksCDN
import SystemPackage

/// The settings of links of CDNs, which stay valid at the gate: `SENDFILE_CLOUDFRONT_…` and `SENDFILE_AKAMAI_…`.
enum CDNSettings {
    static let cloudFrontKeys = "SENDFILE_CLOUDFRONT_KEYS"
    static let cloudFrontURL = "SENDFILE_CLOUDFRONT_URL"
    static let akamaiKey = "SENDFILE_AKAMAI_KEY"
    static let akamaiAlgorithm = "SENDFILE_AKAMAI_ALGORITHM"
    static let akamaiSalt = "SENDFILE_AKAMAI_SALT"
    static let akamaiName = "SENDFILE_AKAMAI_NAME"

    static let all = [
        SettingDescription(
            Self.cloudFrontKeys, standard: "none",
            "files with the public keys of CloudFront's signed URLs and cookies, separated by commas. A file's name is the id of the key "
                + "pair: `/etc/sendfile-gate/K2JCJMDEHXQW5F.pem`"),
        SettingDescription(
            Self.cloudFrontURL, standard: "none",
            "scheme and host of the URLs that were signed for CloudFront, such as `https://d111111abcdef8.cloudfront.net`; several are "
                + "separated by commas"),
        SettingDescription(
            Self.akamaiKey, standard: "none",
            "key of Akamai's tokens in hexadecimal digits; a transition key follows behind a space"),
        SettingDescription(
            Self.akamaiAlgorithm, standard: "`\(AkamaiTokens.Algorithm.sha256.rawValue)`",
            "algorithm of Akamai's tokens: "
                + AkamaiTokens.Algorithm.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")),
        SettingDescription(Self.akamaiSalt, standard: "none", "salt of Akamai's tokens"),
        SettingDescription(
            Self.akamaiName, standard: "`\(AkamaiTokens.standardNames.joined(separator: ","))`",
            "names of the URL argument, cookie or header field with Akamai's token"),
    ]

    /// Reads the settings and the files of the keys.
    ///
    /// - Returns: `nil` if the settings name no CDN.
    static func read(_ source: SettingsSource, _ files: inout KeyFiles) throws(GateError) -> CDNLinks? {
        let (cloudFront, akamai) = (try Self.cloudFront(source, &files), try Self.akamai(source))
        return cloudFront == nil && akamai == nil ? nil : CDNLinks(cloudFront: cloudFront, akamai: akamai)
    }

    private static func cloudFront(
        _ source: SettingsSource, _ keyFiles: inout KeyFiles
    ) throws(GateError) -> CloudFrontLinks? {
        let (files, urls) = (source[Self.cloudFrontKeys], source[Self.cloudFrontURL])
        guard let files, let urls else {
            guard let name = files.map({ _ in Self.cloudFrontKeys }) ?? urls.map({ _ in Self.cloudFrontURL }) else {
                return nil
            }
            throw Self.incomplete(name, name == Self.cloudFrontKeys ? Self.cloudFrontURL : Self.cloudFrontKeys)
        }
        var keys: [CloudFrontKey] = []
        for path in GateSettings.list(files) {
            guard let name = FilePath(path).lastComponent?.string, name.hasSuffix(".pem") else {
                throw GateSettings.wrong(
                    Self.cloudFrontKeys, files,
                    "a list of files with the id of a key pair and .pem as their name, such as /etc/sendfile-gate/K2JCJMDEHXQW5F.pem"
                )
            }
            let lines = try keyFiles.file(path, named: Self.cloudFrontKeys).lines
            let pem = String(decoding: Array(lines.joined(separator: [UInt8(ascii: "\n")])), as: UTF8.self)
            keys.append(
                try Self.named(Self.cloudFrontKeys, path) { () throws(SignedLinksError) in
                    try CloudFrontKey(id: String(name.dropLast(4)), pem: pem)
                })
        }
        return try Self.named("\(Self.cloudFrontKeys) and \(Self.cloudFrontURL)") {
            [keys] () throws(SignedLinksError) in
            try CloudFrontLinks(keys: keys, urls: GateSettings.list(urls))
        }
    }

    private static func akamai(_ source: SettingsSource) throws(GateError) -> AkamaiTokens? {
        guard let keys = source[Self.akamaiKey] else {
            for name in [Self.akamaiAlgorithm, Self.akamaiSalt, Self.akamaiName] where source[name] != nil {
                throw Self.incomplete(name, Self.akamaiKey)
            }
            return nil
        }
        let name = source[Self.akamaiAlgorithm] ?? AkamaiTokens.Algorithm.sha256.rawValue
        guard let algorithm = AkamaiTokens.Algorithm(rawValue: name) else {
            throw GateSettings.wrong(
                Self.akamaiAlgorithm, name,
                "one of \(AkamaiTokens.Algorithm.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        let names = source[Self.akamaiName].map(GateSettings.list) ?? AkamaiTokens.standardNames
        return try Self.named("\(Self.akamaiKey) or \(Self.akamaiName)") { () throws(SignedLinksError) in
            try AkamaiTokens(
                keys: keys.split(separator: " ").map(String.init), algorithm: algorithm, salt: source[Self.akamaiSalt],
                names: names)
        }
    }

    private static func incomplete(_ name: String, _ missing: String) -> GateError {
        GateError(.configuration, "\(name) is set, and \(missing) is not; set both, or remove it")
    }

    private static func named<Result>(
        _ name: String, _ path: String? = nil, _ body: () throws(SignedLinksError) -> Result
    ) throws(GateError) -> Result {
        do throws(SignedLinksError) {
            return try body()
        } catch {
            throw GateError(.configuration, "\(name) is invalid: \(path.map { "\($0): " } ?? "")\(error)".printable)
        }
    }
}
