import SendfileBasics

/// A name and a password from a client (RFC 7617). They have not been verified.
public struct BasicCredentials: Sendable, CustomStringConvertible, CustomReflectable {
    /// The name that the client gives.
    public let user: String
    /// The password. It is in no description of this value, so that it gets into no log by mistake.
    public let password: String

    public var description: String { "credentials of \"\(self.user)\"" }
    public var customMirror: Mirror { Mirror(self, children: ["user": self.user]) }

    init(user: String, password: String) {
        self.user = user
        self.password = password
    }

    /// Reads the value of an `Authorization` header field; `nil` if it has another scheme, or is not well-formed.
    package init?(_ field: String) {
        let parts = field.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "basic",
            let bytes = Base64.standard.decode(parts[1].drop { $0 == " " }.utf8),
            let colon = bytes.firstIndex(of: UInt8(ascii: ":")),
            let user = String(validating: bytes[..<colon], as: UTF8.self),
            let password = String(validating: bytes[(colon + 1)...], as: UTF8.self),
            bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return nil }
        self.init(user: user, password: password)
    }
}

extension Request {
    /// The name and the password that the client gives (the Basic scheme of RFC 7617). They have not been verified.
    ///
    /// They are in the client's `Authorization` field, which Apache does not pass on by default (see `CGIPassAuth On`,
    /// `FcgidPassHeader Authorization`); Apache's authenticators get them as `REMOTE_USER` and `REMOTE_PASSWD`.
    public var basicCredentials: BasicCredentials? {
        if let password = self.parameters["REMOTE_PASSWD"] {
            return self.parameters["REMOTE_USER"].map { BasicCredentials(user: $0, password: password) }
        }
        return self.parameters["HTTP_AUTHORIZATION"].flatMap { BasicCredentials($0) }
    }
}
