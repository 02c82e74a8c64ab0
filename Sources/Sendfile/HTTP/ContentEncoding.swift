/// What a response says about the encoding of a file (RFC 9110 §8.4).
///
/// A client decodes what has an encoding, and saves it decoded: only what is meant to be decoded gets one.
public struct ContentEncoding: Sendable, Hashable {
    enum Kind: Hashable {
        case none
        case guessed
        case coding(String)
    }

    let kind: Kind

    /// No field: the client gets the file as it is. `report.txt.gz` is an `application/gzip`.
    public static var none: Self { Self(kind: .none) }

    /// By the extension: `report.txt.gz` is a `text/plain` with the encoding `gzip`.
    ///
    /// Known are `.gz` (gzip), `.br` (br), `.zst` (zstd) and `.Z` (compress). Attachments are never guessed about: they are saved
    /// under a name that says what they are.
    public static var guessed: Self { Self(kind: .guessed) }

    /// This coding, by its registered name: `gzip`, `br`, `zstd`. The file has to be encoded so.
    public static func coding(_ name: String) -> Self { Self(kind: .coding(name)) }

    /// The extensions of encoded files, in lower case, and the codings that they stand for.
    private static let codings = [("gz", "gzip"), ("br", "br"), ("zst", "zstd"), ("z", "compress")]

    /// The coding that a name's extension stands for, and the name without it.
    static func split(_ name: ArraySlice<UInt8>) -> (stem: ArraySlice<UInt8>, coding: String)? {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > name.startIndex else { return nil }
        let suffix = name[(dot + 1)...]
        for (known, coding) in Self.codings where known.utf8.count == suffix.count {
            // A small z is another format's.
            if known == "z"
                ? suffix.first == UInt8(ascii: "Z") : zip(suffix, known.utf8).allSatisfy({ $0 | 0x20 == $1 })
            {
                return (name[..<dot], coding)
            }
        }
        return nil
    }
}
