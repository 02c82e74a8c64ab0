import Glibc

/// The programs that listen on a TCP port of this machine.
enum PortHolders {
    /// The names of the programs, as proc(5) has them in `comm`. Only root sees those of other users.
    static func names(of port: Int) throws -> Set<String> {
        var sockets: Set<Substring> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] where access(table, R_OK) == 0 {
            sockets.formUnion(Self.listeners(on: port, in: try Self.text(table)).map { "socket:[\($0)]" })
        }
        guard !sockets.isEmpty else { return [] }
        var names: Set<String> = []
        for process in Self.entries("/proc") where process.allSatisfy(\.isNumber) {
            let directory = "/proc/\(process)/fd"
            for descriptor in Self.entries(directory) {
                guard let target = Self.target("\(directory)/\(descriptor)"), sockets.contains(target[...]) else {
                    continue
                }
                // The process may have ended meanwhile.
                if let name = try? Self.text("/proc/\(process)/comm") { names.insert(String(name.dropLast())) }
                break
            }
        }
        return names
    }

    /// The inodes of listening sockets in a table of proc(5): columns 2 (address and port), 4 (state) and 10.
    static func listeners(on port: Int, in table: String) -> [Substring] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: " ")
            guard columns.count > 9, columns[3] == "0A", let colon = columns[1].lastIndex(of: ":"),
                Int(columns[1][colon...].dropFirst(), radix: 16) == port
            else { return nil }
            return columns[9]
        }
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try FileState.bytes(of: path), as: UTF8.self)
    }

    private static func entries(_ directory: String) -> [String] {
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names
    }

    private static func target(_ link: String) -> String? {
        var target = [UInt8](repeating: 0, count: 256)
        let length = readlink(link, &target, target.count)
        return length > 0 ? String(decoding: target.prefix(length), as: UTF8.self) : nil
    }
}
