import FastCGI

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
            return "Authorization: Basic \(Self.base64(Array("\(credentials.user):\(password)".utf8)))"
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

    /// Base64 (RFC 4648 §4).
    static func base64(_ bytes: [UInt8]) -> String {
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for index in 0..<4 { text.append(index <= group.count ? letters[bits >> (18 - 6 * index) & 63] : "=") }
        }
        return text
    }
}
