import SendfileBasics

/// URLs at which the file must not be available.
enum Elsewhere {
    /// The internal prefix as it is and in forms that evade filters: percent-encoded, in upper case, with dot segments
    /// and redundant slashes.
    static func inside(_ target: Target) -> [String] {
        let prefix = target.internalPrefix
        let name = String(prefix.dropFirst().dropLast())
        guard !name.isEmpty else { return [] }
        let first = PercentEncoding.text(name.utf8.prefix(1), keeping: PercentEncoding.noCharacters) + name.dropFirst()
        var paths: [String] = []
        for tail in target.tails {
            let tail = PercentEncoding.text(tail.utf8, keeping: PercentEncoding.pathCharacters)
            paths += [
                "/\(name)/\(tail)", "/\(first)/\(tail)",
                "/\(PercentEncoding.text(name.utf8, keeping: PercentEncoding.noCharacters))/\(tail)",
                "/\(name)%2F\(tail)", "//\(name)/\(tail)", "/\(name)//\(tail)", "/./\(name)/\(tail)",
                "/\(name)/./\(tail)", "/\(name)/%2e/\(tail)", "/x/../\(name)/\(tail)", "/x/%2e%2e/\(name)/\(tail)",
                "/x/..%2f\(name)/\(tail)", "/\(name.uppercased())/\(tail)", "/\(name);/\(tail)",
                "/\(name)/\(PercentEncoding.text(tail.utf8, keeping: PercentEncoding.noCharacters))",
            ]
        }
        return paths
    }

    /// URLs that a web server commonly makes public: the trailing components of the file's path, at the top and below
    /// common prefixes.
    static func outside(_ target: Target) -> [String] {
        let usual = ["/", "/files/", "/download/", "/downloads/", "/media/", "/public/", "/static/", "/uploads/"]
        let tails = target.file.tails.map { PercentEncoding.text($0.utf8, keeping: PercentEncoding.pathCharacters) }
        let paths =
            tails.map { "/\($0)" }
            + (usual + target.publicPrefixes).flatMap { prefix in tails.map { prefix + $0 } }
            // Traversal out of a public location, if nginx's alias ends with a slash and its location does not.
            + (usual.dropFirst() + target.publicPrefixes).flatMap { prefix in
                tails.map { "\(prefix.dropLast())../\($0)" }
            }
        var seen: Set<String> = [target.url.path]
        return paths.filter { seen.insert($0).inserted }
    }
}
