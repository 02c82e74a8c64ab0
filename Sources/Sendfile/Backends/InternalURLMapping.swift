import SendfileBasics
import SystemPackage

/// The internal URL prefixes of several directories: the value of `SENDFILE_MAPPING`.
///
/// Directories are compared literally, byte by byte and component by component, without patterns.
struct InternalURLMapping: Sendable {
    private struct Entry: Sendable {
        /// An absolute path without a slash at the end; empty for `/`.
        let directory: [UInt8]
        let prefix: InternalURLPrefix
    }

    /// The entries, longest directory first.
    private let entries: [Entry]

    private init(entries: [Entry]) {
        self.entries = entries.sorted { $0.directory.count > $1.directory.count }
    }

    /// Parses `/srv/a/=/files-a/, /srv/b/=/files-b/`.
    ///
    /// A `,`, `=` or `%` in a name, and a space at its start or end, is percent-encoded: `%2C`, `%3D`, `%25`, `%20`.
    init(_ text: String, from source: SettingSource) throws(SendfileError) {
        var entries: [Entry] = []
        for part in text.utf8.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false) {
            let entry = part.trimmed
            func fail(_ problem: String) -> SendfileError {
                Self.error(String(decoding: entry, as: UTF8.self), source, problem)
            }
            // Ignore a comma at the end.
            if entry.isEmpty, part.endIndex == text.utf8.endIndex, !entries.isEmpty { continue }
            let sides = entry.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
            guard sides.count == 2 else {
                throw fail(
                    "which is not one directory and one internal URL prefix with a \"=\" between them; "
                        + "write a \"=\" in a name as %3D and a \",\" as %2C")
            }
            guard let path = Self.decoded(sides[0].trimmed), let prefix = Self.decoded(sides[1].trimmed) else {
                throw fail("in which a \"%\" is not followed by two hexadecimal digits; write a \"%\" in a name as %25")
            }
            entries.append(
                try Self.entry(path, prefix, source: source, text: String(decoding: entry, as: UTF8.self), fail))
        }
        self.init(entries: try Self.checked(entries, source))
    }

    /// Uses a mapping given in code: names are literal and not encoded.
    init(_ mapping: [FilePath: String]) throws(SendfileError) {
        var entries: [Entry] = []
        for (path, prefix) in mapping {
            let bytes = path.withPlatformString { string in
                string.withMemoryRebound(to: UInt8.self, capacity: path.length) {
                    Array(UnsafeBufferPointer(start: $0, count: path.length))
                }
            }
            entries.append(
                try Self.entry(bytes, Array(prefix.utf8), source: .code, text: "\(path.string)=\(prefix)") {
                    Self.error("\(path.string)=\(prefix)", .code, $0)
                })
        }
        self.init(entries: try Self.checked(entries, .code))
    }

    /// The mapping with prefixes below the application's mount path.
    func resolved(scriptName: () -> String?) throws(SendfileError) -> InternalURLMapping {
        guard self.entries.contains(where: \.prefix.isRelativeToScript) else { return self }
        var entries: [Entry] = []
        for entry in self.entries {
            entries.append(
                Entry(directory: entry.directory, prefix: try entry.prefix.resolved(scriptName: scriptName)))
        }
        return Self(entries: entries)
    }

    /// The internal URL path of a file, percent-encoded, of the longest directory that contains it; `nil` if there is
    /// none.
    func encoded(for path: [UInt8]) -> [UInt8]? {
        for entry in self.entries {
            let length = entry.directory.count
            guard path.count > length + 1, path[length] == UInt8(ascii: "/"), path.starts(with: entry.directory) else {
                continue
            }
            return PercentEncoding.encode(
                path[(length + 1)...], keeping: PercentEncoding.pathCharacters, after: entry.prefix.encoded)
        }
        return nil
    }

    private static func entry(
        _ path: [UInt8], _ prefix: [UInt8], source: SettingSource, text: String,
        _ fail: (String) -> SendfileError
    ) throws(SendfileError) -> Entry {
        guard path.first == UInt8(ascii: "/") else {
            throw fail("whose directory is not an absolute path; begin it with a slash")
        }
        var directory: [UInt8] = []
        for component in path.split(separator: UInt8(ascii: "/")) {
            guard PathComponent(component) == .name, !component.contains(0) else {
                throw fail("whose directory holds \".\", \"..\" or a NUL; give the path as the files are found by")
            }
            directory.append(UInt8(ascii: "/"))
            directory += component
        }
        guard !prefix.isEmpty else {
            throw fail("whose internal URL prefix is empty; use the web server's internal location, such as /files-a/")
        }
        guard let prefix = try? InternalURLPrefix(String(decoding: prefix, as: UTF8.self), from: source) else {
            throw fail(
                "whose internal URL prefix is not a URL path; use the web server's internal location, such as /files-a/"
            )
        }
        return Entry(directory: directory, prefix: prefix)
    }

    private static func checked(_ entries: [Entry], _ source: SettingSource) throws(SendfileError) -> [Entry] {
        var seen: Set<[UInt8]> = []
        for entry in entries where !seen.insert(entry.directory).inserted {
            throw Self.error(
                String(decoding: entry.directory, as: UTF8.self), source,
                "a directory that is named twice; name it once")
        }
        return entries
    }

    private static func error(_ entry: String, _ source: SettingSource, _ problem: String) -> SendfileError {
        SendfileError(
            .invalidURLMapping, "\(source.name(of: .mapping)) holds \"\(entry.printable)\", \(problem)")
    }

    /// Percent-decodes a text; `nil` if a `%` is not followed by two hexadecimal digits.
    private static func decoded(_ text: Substring.UTF8View) -> [UInt8]? {
        var rest = text
        while let mark = rest.firstIndex(of: UInt8(ascii: "%")) {
            let digits = rest[mark...].dropFirst().prefix(2)
            guard digits.count == 2, digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
            rest = rest[digits.endIndex...]
        }
        return PercentEncoding.decode(text)
    }
}

extension Substring.UTF8View {
    /// The text without spaces at the ends.
    fileprivate var trimmed: Substring.UTF8View {
        var text = self.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        while let last = text.last, last == UInt8(ascii: " ") || last == UInt8(ascii: "\t") { text.removeLast() }
        return text
    }
}
