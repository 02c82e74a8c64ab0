import Glibc

/// The paths that a check records, because a download through this machine may depend on them.
struct WatchedPaths: Sendable, Equatable {
    /// Files whose lines count, and directories whose files do.
    var texts: [String]
    /// Files and directories of which kind, mode and owner count, and those of the directories above.
    var places: [String]
    /// The directory of the files: of everything below it, kind, mode, owner and a link's target count.
    var root: String?

    /// The most entries that are looked at below one directory.
    private static let limit = 5000

    /// The files of web servers and of the system on which every download depends.
    static let system: [String] =
        ["nginx", "apache2", "lighttpd", "caddy", "haproxy", "varnish", "sendfile-gate", "systemd/system", "default"]
        .map {
            "/etc/\($0)"
        }
        + ["hosts", "nsswitch.conf", "passwd", "group", "fstab", "environment", "nftables.conf"].map { "/etc/\($0)" }
        + ["logrotate.d", "tmpfiles.d", "modsecurity", "apparmor.d/local", "sysctl.d", "security/limits.d"].map {
            "/etc/\($0)"
        }
        + ["nginx", "apache2", "lighttpd", "caddy", "sendfile-gate"].flatMap { name in
            ["service", "socket"].map { "/usr/lib/systemd/system/\(name).\($0)" }
        }

    /// Web servers' programs and the directories of their logs.
    static let systemPlaces: [String] =
        ["nginx", "apache2", "lighttpd"].flatMap { ["/usr/sbin/\($0)", "/var/log/\($0)"] }

    /// The state of all paths now.
    func survey() -> [String: RecordedPath] {
        var paths: [String: RecordedPath] = [:]
        for text in self.texts { Self.add(text, to: &paths, hasContent: true) }
        for place in self.places {
            for path in Self.way(to: place) where paths[path] == nil {
                paths[path] = RecordedPath(path, hasContent: false)
            }
        }
        if let root { Self.add(root, to: &paths, hasContent: false) }
        return paths
    }

    /// Adds a path, and everything below a directory. A link in the tree is not followed.
    private static func add(_ top: String, to paths: inout [String: RecordedPath], hasContent: Bool) {
        var waiting = [top]
        var count = 0
        while let path = waiting.popLast(), count < Self.limit {
            guard paths[path]?.lines == nil, let state = RecordedPath(path, hasContent: hasContent) else { continue }
            paths[path] = state
            count += 1
            // A root may itself be a link.
            guard state.kind == .directory || path == top && state.kind == .link else { continue }
            waiting += DirectoryNames.all(in: path).map { "\(path)/\($0)" }
        }
    }

    /// A path and the directories above it.
    static func way(to path: String) -> [String] {
        var way = [path]
        while let last = way.last, let slash = last.lastIndex(of: "/"), slash != last.startIndex {
            way.append(String(last[..<slash]))
        }
        return way
    }
}
