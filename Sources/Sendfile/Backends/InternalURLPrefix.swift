import SendfileBasics

/// The URL path below which a web server has the files for itself: the value of `SENDFILE_URL`.
///
/// `SCRIPT_NAME/files/` is `/files/` below the application's mount path.
struct InternalURLPrefix: Sendable, Hashable {
    /// `/protected/`.
    static let standard = Self(encoded: Self.standardText, isRelativeToScript: false)

    private static let standardText = "/protected/"

    private static let scriptName = "SCRIPT_NAME/"

    /// The prefix, percent-encoded, with a slash at both ends. It is a `String` because Swift does not count references
    /// to strings of up to 15 bytes, and all threads share this value.
    let encoded: String

    /// Whether ``encoded`` is appended to the parameter `SCRIPT_NAME`, which only a request has.
    let isRelativeToScript: Bool

    private init(encoded: String, isRelativeToScript: Bool) {
        self.encoded = encoded
        self.isRelativeToScript = isRelativeToScript
    }

    /// Reads a prefix as it is written in the web server's `location`, which is not encoded.
    init(_ text: String, from source: SettingSource, of setting: SendfileSetting = .url) throws(SendfileError) {
        if text == Self.standardText {
            self = .standard
            return
        }
        let isRelative = text.utf8.starts(with: Self.scriptName.utf8)
        guard let encoded = Self.encode(text.utf8.dropFirst(isRelative ? Self.scriptName.utf8.count : 0)) else {
            throw SendfileError(
                .invalidURLPrefix,
                "\(source.name(of: setting)) is \"\(text.printable)\", which is not a URL path; "
                    + "use the web server's internal location, such as /protected/")
        }
        self.init(encoded: encoded, isRelativeToScript: isRelative)
    }

    /// The prefix below the application's mount path.
    ///
    /// - Parameter scriptName: The decoded parameter `SCRIPT_NAME`; read only if it is needed.
    func resolved(scriptName: () -> String?) throws(SendfileError) -> InternalURLPrefix {
        guard self.isRelativeToScript else { return self }
        let name = scriptName() ?? ""
        guard let mount = Self.encode(name.utf8[...]) else {
            throw SendfileError(
                .invalidURLPrefix,
                "the FastCGI parameter SCRIPT_NAME is \"\(name.printable)\", which is not a URL path to prepend to the internal "
                    + "URL prefix; configure the web server to send the application's mount path, such as /app")
        }
        return Self(encoded: mount + self.encoded.dropFirst(), isRelativeToScript: false)
    }

    /// The text percent-encoded, with a slash at both ends; `nil` if it is not a path.
    private static func encode(_ text: Substring.UTF8View) -> String? {
        let components = text.split(separator: UInt8(ascii: "/"))
        guard !text.contains(where: { $0 < 0x20 || $0 == 0x7F }), !PathComponent.hasDots(text) else { return nil }
        var encoded: [UInt8] = [UInt8(ascii: "/")]
        for component in components {
            encoded += PercentEncoding.encodePath(component)
            encoded.append(UInt8(ascii: "/"))
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
