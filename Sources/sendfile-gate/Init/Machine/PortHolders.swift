import Glibc

/// The programs that listen on a TCP port of this machine.
enum PortHolders {
    /// The names of the programs, as proc(5) has them in `comm`. Only root sees those of other users.
    static func names(of port: Int) throws -> Set<String> { try self.all()[port] ?? [] }

    /// The names by port.
    static func all() throws -> [Int: Set<String>] {
        var sockets: [String: Int] = [:]
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] where access(table, R_OK) == 0 {
            for (port, inode) in Self.listeners(in: try Self.text(table)) { sockets["socket:[\(inode)]"] = port }
        }
        guard !sockets.isEmpty else { return [:] }
        var names: [Int: Set<String>] = [:]
        for process in DirectoryNames.all(in: "/proc") where process.allSatisfy(\.isNumber) {
            let directory = "/proc/\(process)/fd"
            for descriptor in DirectoryNames.all(in: directory) {
                guard let target = Self.target("\(directory)/\(descriptor)"), let port = sockets[target] else {
                    continue
                }
                // The process may have ended meanwhile.
                guard let name = try? Self.text("/proc/\(process)/comm") else { break }
                names[port, default: []].insert(String(name.dropLast()))
            }
        }
        return names
    }

    /// The ports and inodes of listening sockets in a table of proc(5): columns 2 (address and port), 4 (state) and 10.
    static func listeners(in table: String) -> [(port: Int, inode: Substring)] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: " ")
            guard columns.count > 9, columns[3] == "0A", let colon = columns[1].lastIndex(of: ":"),
                let port = Int(columns[1][colon...].dropFirst(), radix: 16)
            else { return nil }
            return (port, columns[9])
        }
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try FileState.bytes(of: path), as: UTF8.self)
    }

    private static func target(_ link: String) -> String? {
        var target = [UInt8](repeating: 0, count: 256)
        let length = readlink(link, &target, target.count)
        return length > 0 ? String(decoding: target.prefix(length), as: UTF8.self) : nil
    }
}
