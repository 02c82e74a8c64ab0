/// A line of a web server's configuration that includes other files, in use or as a comment.
struct IncludeLine: Sendable {
    let file: String
    let line: Int
    /// The line as it is written.
    let text: String
    /// `include`, `includeoptional` or `include_shell`.
    let name: String
    /// An absolute pattern of files, or a command.
    let pattern: String
    let isComment: Bool

    var place: String { "\(self.file):\(self.line)" }

    /// The directory of the pattern.
    var directory: String { String(self.pattern[..<(self.pattern.lastIndex(of: "/") ?? self.pattern.startIndex)]) }

    /// Whether the pattern may match no file: a name without a wildcard must exist.
    var hasWildcard: Bool { self.pattern.contains { "*?[".contains($0) } }

    /// The files that the web server reads because of the line.
    func files(in base: String) -> [String] {
        guard !self.isComment else { return [] }
        // A script of Debian's older lighttpd prints the content of these files.
        if self.name == "include_shell" {
            return self.pattern.contains("include-conf-enabled")
                ? ConfigurationText.files("conf-enabled/*.conf", in: base) : []
        }
        // Apache reads all files of a directory.
        let pattern = self.pattern.hasSuffix("/") ? "\(self.pattern)*" : self.pattern
        return ConfigurationText.files(pattern, in: base)
    }

    /// The lines of one file.
    ///
    /// - Parameter base: The directory to which a relative pattern belongs.
    static func read(_ file: String, of server: FrontServer, in base: String) -> [IncludeLine] {
        guard var content = ConfigurationText(of: file) else { return [] }
        var lines: [IncludeLine] = []
        while content.next != nil {
            let number = content.line
            let text = content.take { $0 != UInt8(ascii: "\n") }
            _ = content.take()
            let sign = text.firstIndex(of: "#")
            let parts = [(text[..<(sign ?? text.endIndex)], false), (text[(sign ?? text.endIndex)...], true)]
            for (part, isComment) in parts {
                let pieces = server == .nginx ? part.split { ";{}".contains($0) } : [part]
                for piece in pieces {
                    let words = piece.split { " \t\r#".contains($0) }
                    guard let name = words.first?.lowercased(), Self.names(of: server).contains(name) else { continue }
                    lines += Self.patterns(words.dropFirst(), name, server).map { pattern in
                        let isRelative = !pattern.hasPrefix("/") && name != "include_shell"
                        return IncludeLine(
                            file: file, line: number, text: String(text.drop { " \t".contains($0) }), name: name,
                            pattern: isRelative ? "\(base)/\(pattern)" : pattern, isComment: isComment)
                    }
                }
            }
        }
        return lines
    }

    /// The lines of all files that a web server reads, and these files.
    static func all(_ configuration: ServerConfiguration) -> (lines: [IncludeLine], files: Set<String>) {
        let base = Self.base(configuration)
        var waiting = [configuration.file]
        var files: Set<String> = []
        var lines: [IncludeLine] = []
        while let file = waiting.popLast() {
            guard let resolved = CheckedFile.resolved(file), files.insert(resolved).inserted else { continue }
            let own = Self.read(file, of: configuration.server, in: base)
            lines += own
            waiting += own.flatMap { $0.files(in: base) }
        }
        return (lines, files)
    }

    /// The directory to which relative patterns of a configuration belong.
    static func base(_ configuration: ServerConfiguration) -> String {
        let file = configuration.file
        let directory = file.lastIndex(of: "/").map { String(file[..<$0]) } ?? "."
        // Red Hat's ServerRoot is the directory above.
        let isBelowRoot = configuration.server == .apache && directory.hasSuffix("/conf")
        return isBelowRoot ? String(directory.dropLast(5)) : directory
    }

    private static func names(of server: FrontServer) -> [String] {
        switch server {
        case .nginx: ["include"]
        case .apache: ["include", "includeoptional"]
        case .lighttpd: ["include", "include_shell"]
        case .caddy, .unknown: []
        }
    }

    private static func patterns(_ words: ArraySlice<Substring>, _ name: String, _ server: FrontServer) -> [String] {
        let text = words.joined(separator: " ")
        if server == .lighttpd {
            // Behind the text, an expression may follow: include_shell "/usr/share/lighttpd/use-ipv6.pl " + server.port
            guard let start = text.firstIndex(of: "\"") else { return [] }
            return [String(text[text.index(after: start)...].prefix { $0 != "\"" })]
        }
        return (server == .nginx ? [text[...]] : words.map { $0 }).map { word in
            String(word.filter { $0 != "\"" && $0 != "'" })
        }.filter { $0 != "" }
    }
}
