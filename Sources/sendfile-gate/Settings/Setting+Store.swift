import ObjectStorage
import SendfileBasics

/// The settings of an object store.
extension Setting {
    /// The library's settings, and those that are code in other programs.
    static let store =
        [
            SettingDescription(
                "OBJECT_ENDPOINT", standard: "none",
                "URL of the store for `SENDFILE_ROOT=s3://bucket/prefix`, such as `https://s3.example.org`; of the account for "
                    + "`swift://container/prefix`, such as `https://swift.example.org/v1/AUTH_reports`, or "
                    + "`https://ceph.example.org/swift/v1` of Ceph's gateway"),
            SettingDescription("OBJECT_REGION", standard: "`us-east-1`", "region of S3"),
            SettingDescription(
                "OBJECT_ADDRESSING", standard: "`path`",
                "place of the bucket's name in a URL of S3: `path`, or `virtual-host` for a host name of its own, as Amazon requires"
            ),
            SettingDescription(
                "OBJECT_CREDENTIALS_FILE", standard: "none",
                "file with the lines of an AWS credentials file, or the line `temp_url_key = …`; it may be replaced at any time"
            ),
            SettingDescription(
                "OBJECT_TEMPURL_DIGEST", standard: "`sha256`", "digest of TempURL: `sha1`, `sha256` or `sha512`"),
            SettingDescription(
                "OBJECT_LIFE", standard: "`5m`", "time for which a signed URL is valid, at most `7d`"),
        ] + ObjectSetting.allCases.map(\.description)

    /// The settings whose values are keys of links. SIGHUP reads them again if the settings file contains them.
    static let linkSecrets = ["SENDFILE_LINK_SECRET", CDNSettings.akamaiKey, CDNSettings.akamaiSalt]

    /// The settings whose values are secrets. They are erased from the environment, and shown nowhere.
    static let secrets: Set<String> = Set(
        Self.linkSecrets + [LedgerSettings.password]
            + [ObjectSetting.secretKey, .sessionToken, .tempURLKey].map(\.rawValue))
}
