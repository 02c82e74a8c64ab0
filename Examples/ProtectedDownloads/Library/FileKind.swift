/// The kind of a file by its name, for its icon and description. The media type of a download is determined elsewhere.
enum FileKind: String {
    case document, image, text, table, archive, audio, video, disk, other

    /// The kind by the extension.
    init(name: String) {
        self =
            switch Self.fileExtension(name) {
            case "pdf", "doc", "docx", "odt", "rtf", "epub", "ppt", "pptx", "odp": .document
            case "png", "jpg", "jpeg", "gif", "webp", "avif", "svg", "tif", "tiff", "heic": .image
            case "txt", "md", "log", "json", "xml", "html", "css", "js", "swift", "yaml", "yml", "toml": .text
            case "csv", "tsv", "xls", "xlsx", "ods": .table
            case "zip", "gz", "xz", "zst", "bz2", "7z", "tar", "tgz", "deb", "rpm": .archive
            case "mp3", "flac", "ogg", "opus", "wav", "m4a": .audio
            case "mp4", "mkv", "webm", "mov", "avi": .video
            case "img", "iso", "qcow2", "vmdk", "dmg": .disk
            default: .other
            }
    }

    /// A description of a file of this kind, such as `PDF document`.
    func label(for name: String) -> String {
        let fileExtension = Self.fileExtension(name).uppercased()
        let noun =
            switch self {
            case .document: "document"
            case .image: "image"
            case .text: "text"
            case .table: "table"
            case .archive: "archive"
            case .audio: "audio"
            case .video: "video"
            case .disk: "disk image"
            case .other: "file"
            }
        switch (self, fileExtension) {
        case (.text, "TXT"): return "Plain text"
        case (.disk, "IMG"): return "Disk image"
        case (.other, ""): return "File"
        default: return "\(fileExtension) \(noun)"
        }
    }

    /// How a page of the site can show the file.
    enum Preview {
        case image, document, video, audio
        /// As plain text, whatever its type.
        case text
        /// As the table that the text describes.
        case table
    }

    /// The preview for a file of this name; `nil` if the file can only be downloaded.
    ///
    /// Only types that browsers display without running scripts: an uploaded HTML page or SVG drawing would act in the
    /// origin of this site.
    static func preview(of name: String) -> Preview? {
        switch Self.fileExtension(name) {
        case "png", "jpg", "jpeg", "gif", "webp", "avif": .image
        case "pdf": .document
        case "mp4", "webm": .video
        case "mp3", "flac", "ogg", "opus", "wav", "m4a": .audio
        case "csv", "tsv": .table
        case "txt", "md", "log", "json", "yaml", "yml", "toml", "swift": .text
        default: nil
        }
    }

    /// The text after the last dot, in lower case; empty if it does not look like an extension.
    static func fileExtension(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
        let text = name[name.index(after: dot)...]
        let isPlain = text.utf8.count <= 5 && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return isPlain ? text.lowercased() : ""
    }
}
