import Crypto
import SendfileBasics
import SignedLinks

/// The signature of a link in the format `hmac` that another program made, compared with those of the usual mistakes in the signed
/// text.
struct GivenSignature {
    let url: URLText
    /// The decoded path below the gate's prefix.
    let path: [UInt8]
    let query: String

    /// The mistake with which the signature is correct for a key; `nil` if none is.
    func mistake(_ keys: [LinkKey]) -> String? {
        guard let given = Self.value("signature", self.query), let expires = Self.value("expires", self.query) else {
            return nil
        }
        let bytes = Self.bytes(given)
        for key in keys {
            if let mistake = self.otherFunction(key, expires, bytes) { return mistake }
            for (path, pathName) in self.paths {
                for (message, name) in Self.messages(path, expires) {
                    let code = HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key.secret))
                    guard bytes.contains(Array(code)) else { continue }
                    let names = [name, pathName].compactMap { $0 }
                    if !names.isEmpty { return "a text \(names.joined(separator: ", and "))" }
                }
            }
        }
        return nil
    }

    /// The mistake with which the right text was signed with another function.
    private func otherFunction(_ key: LinkKey, _ expires: String, _ given: [[UInt8]]) -> String? {
        let message = Array(
            [Array("sendfile-link-v1".utf8), self.path, Array(expires.utf8), []].joined(separator: [0]))
        let secret = SymmetricKey(data: key.secret)
        func isGiven(_ bytes: some Sequence<UInt8>) -> Bool { given.contains(Array(bytes)) }
        if isGiven(HMAC<SHA256>.authenticationCode(for: key.secret, using: SymmetricKey(data: message))) {
            return "the right text and secret in exchanged places: the secret is the key of HMAC"
        }
        if isGiven(HMAC<SHA512>.authenticationCode(for: message, using: secret)) {
            return "the right text with SHA-512: the function is HMAC with SHA-256"
        }
        if isGiven(HMAC<Insecure.SHA1>.authenticationCode(for: message, using: secret)) {
            return "the right text with SHA-1: the function is HMAC with SHA-256"
        }
        if isGiven(SHA256.hash(data: key.secret + message)) || isGiven(SHA256.hash(data: message + key.secret)) {
            return "a hash of text and secret: the function is HMAC with SHA-256"
        }
        return nil
    }

    /// The path, and other texts that programs take for it.
    private var paths: [(bytes: [UInt8], name: String?)] {
        let host = self.url.origin.split(separator: "/").last.map { String($0) } ?? ""
        let beginnings: [(text: String, name: String)] = [
            ("", "with the URL's whole path in place of the one below the prefix"),
            (self.url.origin, "with the whole URL in place of the path"),
            (host, "with the host and the path in place of the path"),
            ("//\(host)", "with the URL without its scheme in place of the path"),
        ]
        var paths: [(bytes: [UInt8], name: String?)] = [(self.path, nil)]
        for path in [PercentEncoding.decode(self.url.path.utf8), Array(self.url.path.utf8)] {
            for beginning in beginnings { paths.append((Array(beginning.text.utf8) + path, beginning.name)) }
        }
        paths.append((self.url.name, "with the file's name in place of its path"))
        return paths
    }

    /// The texts that programs sign by mistake; the right one has no name.
    private static func messages(_ path: [UInt8], _ expires: String) -> [(message: [UInt8], name: String?)] {
        func joined(_ parts: [[UInt8]], _ separator: [UInt8]) -> [UInt8] { Array(parts.joined(separator: separator)) }
        let (head, end) = (Array("sendfile-link-v1".utf8), Array(expires.utf8))
        let relative = Array(path.drop { $0 == UInt8(ascii: "/") })
        var messages: [(message: [UInt8], name: String?)] = [
            (joined([head, path, end, []], [0]), nil),
            (joined([head, path, end], [0]), "without the NUL byte at its end"),
            (joined([head, relative, end, []], [0]), "without the slash before the path"),
            (joined([head, relative, end], [0]), "without the slash before the path and the NUL byte at its end"),
            (joined([head, end, path, []], [0]), "with the expiry before the path"),
            (joined([path, end, []], [0]), "without its first part, sendfile-link-v1"),
            (joined([path, end], [0]), "without its first part, sendfile-link-v1, and the NUL byte at its end"),
        ]
        for (separator, name) in [
            ("\n", "line ends"), ("", "nothing"), (":", "colons"), ("|", "bars"), ("?", "?"),
            ("\\0", "\\0 as two characters"),
        ] {
            let name = "with \(name) in place of NUL bytes"
            let separator = Array(separator.utf8)
            for parts in [[head, path, end], [path, end], [end, path]] {
                messages += [(joined(parts, separator), name), (joined(parts + [[]], separator), name)]
            }
        }
        return messages
    }

    /// The bytes for which a text can stand.
    private static func bytes(_ text: String) -> [[UInt8]] {
        let text = PercentEncoding.decode(text.utf8)
        return [Base64.url.decode(text), Base64.standard.decode(text), Hexadecimal.decode(text)].compactMap { $0 }
    }

    private static func value(_ name: String, _ query: String) -> String? {
        query.split(separator: "&").first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// The query with a signature in the link's own encoding; `nil` if it has another encoding than hexadecimal and base64.
    static func reencoded(_ query: String) -> (query: String, name: String)? {
        guard let given = self.value("signature", query) else { return nil }
        let text = PercentEncoding.decode(given.utf8)
        let (bytes, name) =
            Hexadecimal.decode(text).map { ($0, "hexadecimal") } ?? (
                Base64.standard.decode(text) ?? [], "base64 with + and /"
            )
        guard bytes.count == SHA256.byteCount, given != Base64.url.encode(bytes) else { return nil }
        return (
            query.replacing("signature=\(given)", with: "signature=\(Base64.url.encode(bytes))"),
            "a signature in base64url without =, not in \(name)"
        )
    }
}
