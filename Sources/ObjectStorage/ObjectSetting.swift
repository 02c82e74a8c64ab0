package import SendfileBasics

/// A setting of an object store that has a name outside of code: the one table of these settings.
package enum ObjectSetting: String, CaseIterable, Sendable {
    case delivery = "OBJECT_DELIVERY"
    case url = "OBJECT_URL"
    case accessKey = "AWS_ACCESS_KEY_ID"
    case secretKey = "AWS_SECRET_ACCESS_KEY"
    case sessionToken = "AWS_SESSION_TOKEN"
    case tempURLKey = "OBJECT_TEMPURL_KEY"

    /// The setting's row of the documentation.
    package var description: SettingDescription {
        switch self {
        case .delivery:
            SettingDescription(
                self.rawValue, standard: "`redirect`",
                "the sender of the bytes: \(ObjectDelivery.all.map { "`\($0)`" }.joined(separator: ", "))")
        case .url:
            SettingDescription(
                self.rawValue, standard: "`/object-store/`", "the web server's internal location that fetches objects")
        case .accessKey:
            SettingDescription(self.rawValue, standard: "none", "the access key of S3, which signed URLs contain")
        case .secretKey:
            SettingDescription(self.rawValue, standard: "none", "the secret key of S3, only in the process environment")
        case .sessionToken:
            SettingDescription(self.rawValue, standard: "none", "the token of temporary credentials of S3")
        case .tempURLKey:
            SettingDescription(self.rawValue, standard: "none", "the key of TempURL, only in the process environment")
        }
    }

    /// The place of the setting in code.
    package var place: String {
        switch self {
        case .delivery: "`delivery`"
        case .url: "`internalURL`"
        case .accessKey, .secretKey, .sessionToken: "`ObjectStoreCredentials.accessKey`"
        case .tempURLKey: "`ObjectStoreCredentials.key`"
        }
    }
}
