import Glibc

/// The variables of the environment with which curl(1) connects to a proxy in place of the web server.
enum ProxyVariables {
    /// The lines for a report; empty if curl connects to the URL's host.
    static func lines(_ url: URLText, _ environment: (String) -> String? = Self.value) -> [String] {
        let host = RoutedRequest(url).host
        let exempt = ["no_proxy", "NO_PROXY"].compactMap(environment).flatMap { $0.split { ", ".contains($0) } }
        guard !exempt.contains(where: { $0 == "*" || $0.lowercased() == host }) else { return [] }
        // curl reads http_proxy in small letters only.
        let names = url.origin.hasPrefix("https") ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]
        return (names + ["all_proxy", "ALL_PROXY"]).compactMap { name in
            environment(name).map {
                "\(name)=\(URLText($0)?.shown ?? "…")   (in the environment: requests go to that proxy, and not to \(host); env -u \(name) sendfile-gate check …)"
            }
        }
    }

    private static func value(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0 == "" ? nil : $0 }
    }
}
