import HTTPTypes
import SystemPackage

/// Reads the header fields of the requests.
enum HeaderLines {
    /// - Parameter values: Fields, or `@path` of a file with one field per line; `@-` is standard input.
    static func read(_ values: [String]) throws -> [String] {
        try values.flatMap { value in
            guard value.hasPrefix("@") else { return [try Self.checked(value)] }
            let path = String(value.dropFirst())
            let text = try Self.text(path == "-" ? "/dev/stdin" : path)
            return try text.split(whereSeparator: \.isNewline).map { try Self.checked(String($0)) }
        }
    }

    private static func checked(_ line: String) throws -> String {
        // Bytes, because a colon and an accent behind it are one `Character`.
        let name = line.utf8.prefix { $0 != UInt8(ascii: ":") }
        // Do not show the value: it is probably a secret.
        guard name.count < line.utf8.count, HTTPField.Name(String(decoding: name, as: UTF8.self)) != nil,
            !line.unicodeScalars.contains(where: { $0.properties.generalCategory == .control && $0 != "\t" })
        else {
            throw CheckFailure(.unusable, "--header is not a header field; write 'Cookie: name=value'")
        }
        return line
    }

    private static func text(_ path: String) throws -> String {
        do {
            let file = try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
            return try file.closeAfter {
                var bytes = [UInt8](repeating: 0, count: 65_536)
                var length = 0
                while length < bytes.count {
                    let count = try bytes.withUnsafeMutableBytes { try file.read(into: .init(rebasing: $0[length...])) }
                    if count == 0 { break }
                    length += count
                }
                return String(decoding: bytes[..<length], as: UTF8.self)
            }
        } catch let error as Errno {
            throw CheckFailure(.unusable, "--header is \"@\(path)\", which cannot be read: \(error)")
        }
    }
}
