/// The `Content-Encoding` of a file's response (RFC 9110 §8.4).
///
/// A client decodes encoded content and saves the decoded file. Use an encoding only for content that the client should
/// decode.
public struct ContentEncoding: Sendable, Hashable {
    enum Kind: Hashable {
        case none
        case guessed
        case coding(String)
    }

    let kind: Kind

    /// No field: the client receives the file unchanged. `report.txt.gz` is an `application/gzip`.
    public static var none: Self { Self(kind: .none) }

    /// By the extension: `report.txt.gz` is a `text/plain` with the encoding `gzip`.
    ///
    /// The known extensions are `.gz` (gzip), `.br` (br), `.zst` (zstd) and `.Z` (compress). For attachments, no
    /// encoding is guessed: they are saved under their full name.
    public static var guessed: Self { Self(kind: .guessed) }

    /// The coding with this registered name: `gzip`, `br`, `zstd`. The file must have this encoding.
    public static func coding(_ name: String) -> Self { Self(kind: .coding(name)) }

    /// The extensions of encoded files, in lower case, with their codings.
    private static let codings = [("gz", "gzip"), ("br", "br"), ("zst", "zstd"), ("z", "compress")]

    /// The coding of a name's extension, and the name without it.
    static func split(_ name: ArraySlice<UInt8>) -> (stem: ArraySlice<UInt8>, coding: String)? {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return nil }
        let suffix = name[(dot + 1)...]
        for (known, coding) in Self.codings where known.utf8.count == suffix.count {
            // A lower-case z belongs to another format.
            if known == "z"
                ? suffix.first == UInt8(ascii: "Z") : zip(suffix, known.utf8).allSatisfy({ $0 | 0x20 == $1 })
            {
                return (name[..<dot], coding)
            }
        }
        return nil
    }
}
