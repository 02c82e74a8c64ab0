import SendfileBasics

/// The URL paths at which the lines of a web server would make a file available: directories above the file, with their prefixes.
enum PublicURLs {
    /// The percent-encoded paths.
    static func find(_ target: Target, _ configuration: ServerConfiguration, _ route: Route) -> [String] {
        let files = [target.file.path] + [CheckedFile.resolved(target.file.path)].compactMap { $0 }
        var seen: Set<String> = []
        return Self.mappings(configuration, route).flatMap { prefix, directory in
            files.compactMap { file -> String? in
                // Bytes, because a slash and an accent behind it are one `Character`.
                guard file.utf8.starts(with: directory.utf8) else { return nil }
                let path = prefix + String(decoding: file.utf8.dropFirst(directory.utf8.count), as: UTF8.self)
                return PercentEncoding.text(path.utf8, keeping: PercentEncoding.pathCharacters)
            }
        }.filter { $0.hasPrefix("/") && seen.insert($0).inserted }
    }

    /// The prefixes of URLs with the directories that stand for them, both as the lines have them.
    static func mappings(
        _ configuration: ServerConfiguration, _ route: Route
    ) -> [(prefix: String, directory: String)] {
        switch configuration.server {
        case .nginx:
            let server = route.blocks.last { $0.name == "server" }
            return (server.map { [$0] } ?? []).flatMap { Self.locations(in: $0, root: nil) }
        case .apache:
            return route.blocks.filter { $0.name == "" || $0.name.lowercased() == "<virtualhost>" }.flatMap { block in
                (block.children ?? []).flatMap { Self.apache($0) }
            }
        case .lighttpd:
            return configuration.directives.flatMap(\.all).flatMap { line -> [(String, String)] in
                switch line.name {
                case "alias.url":
                    let texts = Self.quoted(line.wholeText)
                    return stride(from: 0, to: texts.count - 1, by: 2).map { (texts[$0], texts[$0 + 1]) }
                case "server.document-root": return [("/", Self.directory(LighttpdRoute.plain(line.words.last ?? "")))]
                default: return []
                }
            }
        case .caddy, .unknown: return []
        }
    }

    /// The locations of nginx with `alias` or `root`, also that of the blocks around them.
    private static func locations(in block: Directive, root: String?) -> [(String, String)] {
        let root = block.children("root").last?.words.first ?? root
        let prefix = block.name == "location" ? block.words.last ?? "/" : "/"
        let isPlain = block.name != "location" || !(block.words.first?.hasPrefix("~") ?? true) && prefix.hasPrefix("/")
        var found: [(String, String)] = []
        if isPlain, let alias = block.children("alias").last?.words.first {
            found.append((prefix, alias))
        } else if isPlain, let root {
            found.append(("/", Self.directory(root)))
        }
        return found + block.children("location").flatMap { Self.locations(in: $0, root: root) }
    }

    private static func apache(_ line: Directive) -> [(String, String)] {
        switch line.name.lowercased() {
        case "alias" where line.words.count > 1: [(line.words[0], line.words[1])]
        case "documentroot": [("/", Self.directory(line.words.first ?? ""))]
        default: []
        }
    }

    /// A directory with a slash at its end.
    private static func directory(_ path: String) -> String { path.hasSuffix("/") ? path : "\(path)/" }

    /// The texts in quotes.
    private static func quoted(_ text: String) -> [String] {
        text.split(separator: "\"", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }.map {
            String($0.element)
        }
    }
}
