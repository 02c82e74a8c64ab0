public import Sendfile

/// The secrets that sign URLs of an object store. No description, dump or error contains them.
///
/// ```swift
/// let fixed = ObjectStoreCredentials.accessKey("reports", secretKey: secret)
/// let rotated = ObjectStoreCredentials.file("/run/credentials/store")
/// ```
public struct ObjectStoreCredentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable
{
    /// The credentials of one moment.
    struct Values: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        /// The name of the secret; empty for TempURL, which has none.
        let accessKey: String
        let secret: [UInt8]
        /// The token of temporary credentials.
        let sessionToken: String?

        var description: String { "the credentials of an object store" }
        var debugDescription: String { self.description }
        var customMirror: Mirror { Mirror(self, children: []) }
    }

    private enum Source: Sendable {
        case values(Values)
        case environment(any SettingsReader)
        case file(CredentialsFile)
    }

    private let source: Source

    /// An access key of S3 with its secret key.
    ///
    /// - Parameters:
    ///   - accessKey: The access key, which every signed URL contains.
    ///   - secretKey: The secret key, which no URL contains.
    ///   - sessionToken: The token of temporary credentials, which signed URLs contain.
    public static func accessKey(_ accessKey: String, secretKey: String, sessionToken: String? = nil) -> Self {
        Self(source: .values(Values(accessKey: accessKey, secret: Array(secretKey.utf8), sessionToken: sessionToken)))
    }

    /// A key of TempURL: the account's `X-Account-Meta-Temp-URL-Key`, or the container's.
    public static func key(_ key: String) -> Self {
        Self(source: .values(Values(accessKey: "", secret: Array(key.utf8), sessionToken: nil)))
    }

    /// The variables `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AWS_SESSION_TOKEN`; for TempURL, `OBJECT_TEMPURL_KEY`.
    public static var environment: Self { .environment(.process) }

    /// The same variables from another source. They are read whenever a URL is signed.
    public static func environment(_ reader: some SettingsReader) -> Self { Self(source: .environment(reader)) }

    /// A file that may be replaced at any time by renaming another file to its name.
    ///
    /// It has the lines of an AWS credentials file, of which the first profile counts: `aws_access_key_id = …`,
    /// `aws_secret_access_key = …`, and `aws_session_token = …` if needed; for TempURL, `temp_url_key = …`. Its status is checked
    /// whenever a URL is signed. If it is missing or incomplete then, the last credentials remain in use, and the log says so.
    public static func file(_ path: String) -> Self { Self(source: .file(CredentialsFile(path))) }

    /// The current credentials.
    ///
    /// - Parameters:
    ///   - kind: The protocol, which determines the names of the variables and lines.
    ///   - report: Called with the reason why the last credentials remain in use.
    func values(for kind: CredentialKind, report: (String) -> Void) throws(ObjectStoreError) -> Values {
        let values: Values
        switch self.source {
        case .values(let given): values = given
        case .file(let file): values = try file.values(for: kind, report: report)
        case .environment(let reader):
            guard let found = kind.values(named: { reader.setting(named: kind.variable($0)) }) else {
                throw ObjectStoreError(
                    .invalidCredentials,
                    "\(kind.required.map(kind.variable).joined(separator: " or ")) is not set: set it in the process environment, or "
                        + "name a file with the credentials in code")
            }
            values = found
        }
        guard !values.secret.isEmpty, kind == .tempURL || !values.accessKey.isEmpty else {
            throw ObjectStoreError(
                .invalidCredentials, "the credentials of the object store are empty: give a key and its secret")
        }
        return values
    }

    /// The origin of the credentials, without them.
    public var description: String {
        switch self.source {
        case .values: "ObjectStoreCredentials(in code)"
        case .environment: "ObjectStoreCredentials(in the environment)"
        case .file(let file): "ObjectStoreCredentials(in the file \(file.path))"
        }
    }

    /// The origin of the credentials, without them.
    public var debugDescription: String { self.description }

    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// The protocol that credentials are for.
enum CredentialKind: Sendable {
    case s3
    case tempURL

    /// A part of the credentials.
    enum Part: CaseIterable {
        case accessKey, secret, sessionToken
    }

    /// The parts that must be there.
    var required: [Part] { self == .s3 ? [.accessKey, .secret] : [.secret] }

    /// The name of a part in the environment.
    func variable(_ part: Part) -> String {
        let setting: ObjectSetting =
            switch (self, part) {
            case (.tempURL, _): .tempURLKey
            case (.s3, .accessKey): .accessKey
            case (.s3, .secret): .secretKey
            case (.s3, .sessionToken): .sessionToken
            }
        return setting.rawValue
    }

    /// The name of a part in a file.
    func line(_ part: Part) -> String { self == .tempURL ? "temp_url_key" : self.variable(part).lowercased() }

    /// Collects the parts; `nil` if a required one is missing or empty.
    func values(named part: (Part) -> String?) -> ObjectStoreCredentials.Values? {
        func value(_ name: Part) -> String? { part(name).flatMap { $0.isEmpty ? nil : $0 } }
        guard let secret = value(.secret) else { return nil }
        guard self == .s3 else { return .init(accessKey: "", secret: Array(secret.utf8), sessionToken: nil) }
        guard let accessKey = value(.accessKey) else { return nil }
        return .init(accessKey: accessKey, secret: Array(secret.utf8), sessionToken: value(.sessionToken))
    }
}
