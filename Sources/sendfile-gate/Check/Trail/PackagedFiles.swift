import Glibc
import Subprocess

/// The configuration files that are as the web server's Debian package made them.
enum PackagedFiles {
    private static func packages(of server: FrontServer) -> [String] {
        switch server {
        case .nginx: ["nginx-common"]
        case .apache: ["apache2"]
        case .lighttpd: ["lighttpd"]
        case .caddy, .unknown: []
        }
    }

    /// - Returns: An empty set where there is no dpkg.
    static func unchanged(of server: FrontServer) async -> Set<String> {
        let names = Self.packages(of: server)
        guard !names.isEmpty,
            let list = await Self.output(["dpkg-query", "--show", "--showformat=${Conffiles}\n"] + names),
            let changed = await Self.output(["dpkg", "--verify"] + names)
        else { return [] }
        // " /etc/nginx/nginx.conf 0123456789abcdef" and "??5?????? c /etc/nginx/nginx.conf"
        let paths = list.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) }
        let others = changed.split(separator: "\n").compactMap { $0.split(separator: " ").last.map(String.init) }
        return Set(paths).subtracting(others)
    }

    private static func output(_ command: [String]) async -> String? {
        let result = try? await run(
            .name(command[0]), arguments: Arguments(Array(command.dropFirst())), output: .string(limit: 1 << 20),
            error: .discarded)
        return result?.standardOutput
    }
}
