import Glibc
import Subprocess

/// The configuration files that are as their Debian packages made them.
enum PackagedFiles {
    private static let directories: [FrontServer: String] = [
        .nginx: "/etc/nginx/", .apache: "/etc/apache2/", .lighttpd: "/etc/lighttpd/", .caddy: "/etc/caddy/",
    ]

    /// The configuration files that are as in the packages; empty on a system without dpkg.
    static func unchanged(of server: FrontServer) async -> Set<String> {
        // " /etc/nginx/nginx.conf 0123456789abcdef", and "obsolete" at the end of some lines.
        guard let directory = Self.directories[server],
            let list = await Self.output(["dpkg-query", "--show", "--showformat=${Conffiles}\n"])
        else { return [] }
        let sums = list.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }.filter {
            $0.count > 1 && $0[0].hasPrefix(directory) && access($0[0], R_OK) == 0
        }
        guard !sums.isEmpty, let now = await Self.output(["md5sum", "--"] + sums.map { $0[0] }) else { return [] }
        let expected = Set(sums.map { "\($0[1])  \($0[0])" })
        return Set(
            now.split(separator: "\n").map(String.init).filter(expected.contains).map { String($0.dropFirst(34)) })
    }

    private static func output(_ command: [String]) async -> String? {
        let result = try? await run(
            .name(command[0]), arguments: Arguments(Array(command.dropFirst())), output: .string(limit: 4 << 20),
            error: .discarded)
        return result?.standardOutput
    }
}
