import CLinux
import Glibc

/// Sites for a gate that a web server does not read, because no line of its configuration includes their files.
enum IncludeGaps {
    /// The directories whose files distributions include, with the pattern of the line.
    private static let directories: [FrontServer: [(name: String, pattern: String)]] = [
        .nginx: [("sites-enabled", "*"), ("conf.d", "*.conf")],
        .apache: [("sites-enabled", "*.conf"), ("conf-enabled", "*.conf"), ("conf.d", "*.conf")],
        .lighttpd: [("conf-enabled", "*.conf"), ("vhosts.d", "*.conf"), ("conf.d", "*.conf")],
    ]

    /// Ends of names that editors and packages give to files that are not in use.
    private static let leftovers = ["~", ".bak", ".orig", ".save", ".dpkg-old", ".dpkg-new", ".dpkg-dist", ".swp"]

    /// The lines to change, or the commands that enable a site.
    static func lines(_ configuration: ServerConfiguration) -> [String] {
        let base = IncludeLine.base(configuration)
        let (includes, files) = IncludeLine.all(configuration)
        func unread(_ directory: String) -> [String] {
            let all = SampleFile.names(in: directory).filter { !$0.hasPrefix(".") }.map { "\(directory)/\($0)" }.filter
            {
                Self.isUnread($0, files) && Self.isForGate($0, configuration.server, base)
            }
            return all.filter { path in !Self.leftovers.contains(where: path.hasSuffix) }
        }
        let directories = Self.directories[configuration.server] ?? []
        let gaps = directories.flatMap { directory in
            let path = "\(base)/\(directory.name)"
            return unread(path).flatMap { site in
                Self.gap(site, path, directory.pattern, includes, configuration)
            }
        }
        if !gaps.isEmpty { return Self.once(gaps) }
        return Self.once(
            ["sites-available", "conf-available"].flatMap { kind in
                unread("\(base)/\(kind)").filter { !files.contains(CheckedFile.resolved($0) ?? $0) }.map {
                    Self.enable($0, kind, configuration)
                }
            })
    }

    /// The lines about a site in a directory of enabled sites.
    private static func gap(
        _ site: String, _ directory: String, _ pattern: String, _ includes: [IncludeLine],
        _ configuration: ServerConfiguration
    ) -> [String] {
        let server = configuration.server
        let standard = "\(directory)/\(pattern)"
        let line = Self.directive(standard, server)
        let end = "\(server.title) does not read \(site); then systemctl reload \(configuration.service))"
        let own = includes.filter {
            CheckedFile.resolved($0.directory) ?? $0.directory == CheckedFile.resolved(directory)
        }
        guard fnmatch(standard, site, 0) == 0 else {
            let place = own.first { !$0.isComment }.map { "\($0.place): \($0.text) does not match this name: " } ?? ""
            let name = "\(site)\(pattern.drop { $0 == "*" })"
            return ["mv \(site.quotedForShell) \(name.quotedForShell)   (\(place)\(end)"]
        }
        if let narrow = own.first(where: { !$0.isComment }) {
            return ["\(narrow.place): \(narrow.text)   (write: \(line)   \(end)"]
        }
        if let comment = own.first(where: { $0.isComment && fnmatch($0.pattern, site, 0) == 0 }) {
            return ["\(comment.place): \(comment.text)   (remove the #: \(end)"]
        }
        // A misspelt directory: a line with a wildcard that matches no file is not an error.
        let misspelt = includes.first {
            !$0.isComment && $0.hasWildcard && access($0.directory, F_OK) != 0 && $0.name != "include_shell"
        }
        if let misspelt { return ["\(misspelt.place): \(misspelt.text)   (write: \(line)   \(end)"] }
        let block = configuration.directives.first { $0.name == "http" && $0.file == configuration.file }
        if server == .nginx, let block { return ["\(block.place): http   (add in this block: \(line)   \(end)"] }
        let last = PlainLines.read(configuration.file).last
        return [
            last.map { "\($0.place): \($0.text)   (add after it: \(line)   \(end)" }
                ?? "\(configuration.file): add \(line)   (\(end)"
        ]
    }

    /// The command that enables a site which is only available.
    private static func enable(_ site: String, _ kind: String, _ configuration: ServerConfiguration) -> String {
        let name = site.split(separator: "/").last.map(String.init) ?? site
        let base = name.hasSuffix(".conf") ? String(name.dropLast(5)) : name
        let link = site.replacing("/\(kind)/", with: "/\(kind.replacing("available", with: "enabled"))/")
        let command =
            configuration.server == .apache
            ? "\(kind == "sites-available" ? "a2ensite" : "a2enconf") \(base.quotedForShell)"
            : "ln -s \(site.quotedForShell) \(link.quotedForShell)"
        return
            "\(command); systemctl reload \(configuration.service)   (\(configuration.server.title) does not read \(site): it is not enabled)"
    }

    private static func directive(_ pattern: String, _ server: FrontServer) -> String {
        switch server {
        case .nginx: "include \(pattern);"
        case .lighttpd: "include \"\(pattern)\""
        default: "IncludeOptional \(pattern)"
        }
    }

    private static func isUnread(_ path: String, _ read: Set<String>) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        return !read.contains(CheckedFile.resolved(path) ?? path)
    }

    /// Whether a file, or one that it includes, passes requests to a gate.
    private static func isForGate(_ path: String, _ server: FrontServer, _ base: String) -> Bool {
        let directives =
            switch server {
            case .nginx: NginxSyntax.read(path, in: base, depth: 0)
            case .apache: ApacheSyntax.read(path, in: base, depth: 0)
            case .lighttpd: LighttpdSyntax.read(path, in: base, depth: 0)
            case .caddy, .unknown: [Directive]()
            }
        return directives.flatMap(\.all).contains { line in
            let text = line.wholeText
            return text.contains(GatePaths.socket) || text.contains("SENDFILE_BACKEND")
        }
    }

    private static func once(_ lines: [String]) -> [String] {
        var seen: Set<String> = []
        return lines.filter { seen.insert($0).inserted }
    }
}
