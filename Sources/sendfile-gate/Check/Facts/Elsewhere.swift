/// URLs at which the file must not be available.
enum Elsewhere {
    /// The internal prefix as it is and in forms that evade filters: percent-encoded, in upper case, with dot segments
    /// and redundant slashes.
    static func inside(_ target: Target) -> [String] {
        let prefix = target.internalPrefix
        let name = String(prefix.dropFirst().dropLast())
        guard !name.isEmpty else { return [] }
        let first = PercentText.encodeAll(name.utf8.prefix(1)) + name.dropFirst()
        var paths: [String] = []
        for tail in target.tails {
            let tail = PercentText.encode(tail.utf8, keeping: "/")
            paths += [
                "/\(name)/\(tail)", "/\(first)/\(tail)", "/\(PercentText.encodeAll(name.utf8))/\(tail)",
                "/\(name)%2F\(tail)", "//\(name)/\(tail)", "/\(name)//\(tail)", "/./\(name)/\(tail)",
                "/\(name)/./\(tail)", "/\(name)/%2e/\(tail)", "/x/../\(name)/\(tail)", "/x/%2e%2e/\(name)/\(tail)",
                "/x/..%2f\(name)/\(tail)", "/\(name.uppercased())/\(tail)", "/\(name);/\(tail)",
                "/\(name)/\(PercentText.encodeAll(tail.utf8))",
            ]
        }
        return paths
    }

    /// URLs that a web server commonly makes public: the trailing components of the file's path, at the top and below
    /// common prefixes.
    static func outside(_ target: Target) -> [String] {
        let usual = ["/", "/files/", "/download/", "/downloads/", "/media/", "/public/", "/static/", "/uploads/"]
        let tails = target.file.tails.map { PercentText.encode($0.utf8, keeping: "/") }
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
