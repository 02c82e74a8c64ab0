import Glibc

/// Media types by file name extension.
///
/// The table is memory owned by this object and never written after initialization, so any thread may read it. It is
/// not a `Dictionary`, because each lookup in a dictionary counts a reference that all threads share.
final class MediaTypes: @unchecked Sendable {
    /// The system's table with the built-in one as a fallback; read once, when the first file is served.
    static let shared = MediaTypes(mimeTypes: contents(of: "/etc/mime.types"))

    /// The type of files of unknown content.
    static let unknown = "application/octet-stream"

    private struct Entry {
        let key: Key
        let type: String
    }

    /// A hash table with open addressing. At least half of the places are free.
    private let entries: UnsafeMutableBufferPointer<Entry?>

    /// Parses a table in the format of `/etc/mime.types`: a type and its extensions per line, `#` before comments.
    init(mimeTypes: [UInt8]) {
        var types = Self.builtIn
        // Use literals for known types, because literals are not reference-counted.
        let literals = Dictionary((types.values + [Self.unknown]).map { ($0, $0) }) { first, _ in first }
        for line in mimeTypes.split(separator: UInt8(ascii: "\n")) {
            let content = line.prefix { $0 != UInt8(ascii: "#") }
            let words = content.split {
                $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r")
            }
            guard words.count > 1, Self.isMediaType(words[0]) else { continue }
            // Types are not case-sensitive; Apache writes all of them in lower case.
            let name = String(decoding: words[0], as: UTF8.self).lowercased()
            let type = literals[name] ?? name
            for word in words.dropFirst() { types[String(decoding: word, as: UTF8.self).lowercased()] = type }
        }
        var capacity = 256
        while capacity < types.count * 2 { capacity *= 2 }
        self.entries = .allocate(capacity: capacity)
        self.entries.initialize(repeating: nil)
        for (suffix, type) in types {
            guard let key = Key(suffix.utf8) else { continue }
            self.entries[self.place(of: key)] = Entry(key: key, type: type)
        }
    }

    deinit {
        self.entries.deinitialize()
        self.entries.deallocate()
    }

    /// An extension in lower case, as a number.
    private struct Key: Equatable {
        private var high: UInt64 = 0
        private var low: UInt64 = 0

        /// Creates a key from an extension of up to 15 bytes; no table contains longer ones.
        @inline(__always)
        init?(_ suffix: some Collection<UInt8>) {
            guard (1...15).contains(suffix.count) else { return nil }
            for byte in suffix {
                let letter = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                self.high = self.high << 8 | self.low >> 56
                self.low = self.low << 8 | UInt64(letter)
            }
            self.high |= UInt64(suffix.count) << 56
        }

        var hash: Int {
            // Fibonacci hashing: the upper bits of the product depend on all bits.
            Int(truncatingIfNeeded: ((self.low ^ self.high &* 31) &* 0x9E37_79B9_7F4A_7C15) >> 32)
        }
    }

    /// The index of the entry with this key, or of the free place for it.
    private func place(of key: Key) -> Int {
        let mask = self.entries.count - 1
        var place = key.hash & mask
        while let entry = self.entries[place], entry.key != key { place = (place + 1) & mask }
        return place
    }

    /// The media type of a file of this name, by its extension in any case. No charset is added, because only the
    /// content could determine it.
    func type(ofName name: ArraySlice<UInt8>) -> String {
        name.withUnsafeBufferPointer { name in
            guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot > 0, let key = Key(name[(dot + 1)...]) else {
                return Self.unknown
            }
            return self.entries[self.place(of: key)]?.type ?? Self.unknown
        }
    }

    /// The media type of a file whose name is any sequence of bytes.
    func type(ofName name: some Sequence<UInt8>) -> String { self.type(ofName: Array(name)[...]) }

    private static func isMediaType(_ word: ArraySlice<UInt8>) -> Bool {
        word.allSatisfy { (0x21...0x7E).contains($0) } && word.split(separator: UInt8(ascii: "/")).count == 2
    }

    /// The content of a file, at most 1 MiB; empty if it cannot be read.
    private static func contents(of path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        let capacity = 1 << 20
        return [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            while count < capacity {
                let length = read(descriptor, buffer.baseAddress! + count, capacity - count)
                guard length > 0 else { return }
                count += length
            }
        }
    }

    /// Common types of downloads and pages, for systems without a table.
    private static let builtIn = [
        "7z": "application/x-7z-compressed", "aac": "audio/aac", "avif": "image/avif", "bmp": "image/bmp",
        "bz2": "application/x-bzip2", "css": "text/css", "csv": "text/csv",
        "deb": "application/vnd.debian.binary-package",
        "doc": "application/msword",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "epub": "application/epub+zip", "flac": "audio/flac", "gif": "image/gif", "gz": "application/gzip",
        "htm": "text/html", "html": "text/html", "ico": "image/vnd.microsoft.icon", "ics": "text/calendar",
        "jpeg": "image/jpeg", "jpg": "image/jpeg", "js": "text/javascript", "json": "application/json",
        "m4a": "audio/mp4", "md": "text/markdown", "mjs": "text/javascript", "mkv": "video/x-matroska",
        "mov": "video/quicktime", "mp3": "audio/mpeg", "mp4": "video/mp4",
        "odp": "application/vnd.oasis.opendocument.presentation",
        "ods": "application/vnd.oasis.opendocument.spreadsheet", "odt": "application/vnd.oasis.opendocument.text",
        "oga": "audio/ogg", "ogg": "audio/ogg", "ogv": "video/ogg", "opus": "audio/ogg", "otf": "font/otf",
        "pdf": "application/pdf", "png": "image/png", "ppt": "application/vnd.ms-powerpoint",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", "rtf": "application/rtf",
        "svg": "image/svg+xml", "tar": "application/x-tar", "tif": "image/tiff", "tiff": "image/tiff",
        "ttf": "font/ttf", "txt": "text/plain", "wasm": "application/wasm", "wav": "audio/x-wav", "webm": "video/webm",
        "webp": "image/webp", "woff": "font/woff", "woff2": "font/woff2", "xls": "application/vnd.ms-excel",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xml": "application/xml",
        "xz": "application/x-xz", "zip": "application/zip", "zst": "application/zstd",
    ]
}

/// The media types that responses with files have, for a check of such responses.
package enum FileMediaType {
    /// The type of a file of this name.
    package static func type(ofName name: String) -> String { MediaTypes.shared.type(ofName: name.utf8) }
}
