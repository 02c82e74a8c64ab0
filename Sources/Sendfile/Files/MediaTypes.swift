import Glibc

/// Media types by file name extension.
struct MediaTypes: Sendable {
    /// The system's table with the built-in one behind it; read once, when the first file is served.
    static let shared = Self(mimeTypes: Self.contents(of: "/etc/mime.types"))

    /// The type of bytes about which nothing is known.
    static let unknown = "application/octet-stream"

    private let types: [String: String]

    /// Reads a table in the format of `/etc/mime.types`: a type and its extensions in each line, `#` before comments.
    init(mimeTypes: [UInt8]) {
        var types = Self.builtIn
        for line in mimeTypes.split(separator: UInt8(ascii: "\n")) {
            let content = line.prefix { $0 != UInt8(ascii: "#") }
            let words = content.split {
                $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r")
            }
            guard words.count > 1, Self.isMediaType(words[0]) else { continue }
            // Case does not matter in a type; Apache writes all of them in lower case.
            let type = String(decoding: words[0], as: UTF8.self).lowercased()
            for word in words.dropFirst() { types[String(decoding: word, as: UTF8.self).lowercased()] = type }
        }
        self.types = types
    }

    /// The media type of a file of this name. The extension's case does not matter. No charset is added: only the bytes could
    /// tell it.
    func type(ofName name: some BidirectionalCollection<UInt8>) -> String {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return Self.unknown }
        let suffix = name[name.index(after: dot)...]
        // Longer ones are in no table; the shorter ones make a String without an allocation.
        guard (1...15).contains(suffix.count) else { return Self.unknown }
        let key = String(unsafeUninitializedCapacity: 15) { buffer in
            var end = 0
            for byte in suffix {
                buffer[end] = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                end += 1
            }
            return end
        }
        return self.types[key] ?? Self.unknown
    }

    private static func isMediaType(_ word: ArraySlice<UInt8>) -> Bool {
        word.allSatisfy { (0x21...0x7E).contains($0) } && word.split(separator: UInt8(ascii: "/")).count == 2
    }

    /// The bytes of a file, none if it cannot be read; 1 MiB at most.
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

    /// What downloads and pages are made of, for systems without a table.
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
