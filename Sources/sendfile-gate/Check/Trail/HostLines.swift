/// The lines of `/etc/hosts` that give a host its addresses.
enum HostLines {
    private static let file = "/etc/hosts"

    /// The lines that name a host. Those of Debian's installer for `localhost` are not of interest.
    static func find(_ host: String) -> [Directive] {
        PlainLines.read(Self.file).filter { line in
            let words = line.name.split { $0 == " " || $0 == "\t" }.prefix { !$0.hasPrefix("#") }.map {
                $0.lowercased()
            }
            guard let address = words.first, words.dropFirst().contains(host.lowercased()) else { return false }
            return host != "localhost" || address != "127.0.0.1" && address != "::1"
        }
    }

    /// The lines for a report.
    static func shown(_ host: String) -> [String] {
        Self.find(host).map { "\($0.place): \($0.name)   (the address to which the URL's host leads)" }
    }
}
