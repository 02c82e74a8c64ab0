import FastCGI
import SendfileBasics

/// The `Authorization` field of the Basic scheme (RFC 7617).
enum BasicAuthorization {
    /// Replaces the password of the `Authorization` field with a random one, keeping the user; `nil` if there is no
    /// such field.
    ///
    /// The random password differs from the first character on, because some web servers compare only eight characters.
    static func mistaken(_ headers: [String]) -> [String]? {
        var isThere = false
        let mistaken = headers.map { line in
            guard let credentials = Self.credentials(line) else { return line }
            isThere = true
            let password = String(UInt64.random(in: .min ... .max), radix: 36)
            return "Authorization: Basic \(Base64.standard.encode("\(credentials.user):\(password)".utf8))"
        }
        return isThere ? mistaken : nil
    }

    /// Removes the field.
    static func removed(_ headers: [String]) -> [String] { headers.filter { Self.credentials($0) == nil } }

    private static func credentials(_ line: String) -> BasicCredentials? {
        let parts = line.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "authorization" else { return nil }
        let words = parts[1].split { $0 == " " || $0 == "\t" }
        return BasicCredentials(words.joined(separator: " "))
    }
}
