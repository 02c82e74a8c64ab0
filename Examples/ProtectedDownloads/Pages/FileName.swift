import FastCGI

/// The name of a file on a page.
enum FileName {
    /// The name as an element. A long name breaks between words, a long word between any two letters, and an extension never.
    static func html(_ address: FileAddress) -> HTML {
        let name = address.displayName
        let count = FileKind.fileExtension(name).count
        guard count > 0 else { return "<bdi>\(name)</bdi>" }
        let stem = name.dropLast(count + 1)
        let word = stem.lastIndex(of: " ").map { stem.index(after: $0) } ?? stem.startIndex
        return """
            <bdi>\(stem[..<word])<span class="last">\(stem[word...])\
            <span class="extension">\(name.suffix(count + 1))</span></span></bdi>
            """
    }
}
