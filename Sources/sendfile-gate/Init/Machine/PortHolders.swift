import Glibc

/// The programs that listen on a TCP port of this machine.
enum PortHolders {
    /// The names of the programs, as proc(5) has them in `comm`. Only root sees those of other users.
    ///
    /// - Parameter address: The address that a client connects to; `nil` for any.
    static func names(of port: Int, at address: String? = nil) throws -> Set<String> {
        guard let address, let number = Self.number(address) else { return try self.all()[port] ?? [] }
        // The socket of the address itself takes the connection before one of all addresses; "::" also takes IPv4.
        let forms = [number, String(repeating: "0", count: number.count), String(repeating: "0", count: 32)]
        for form in forms {
            let names = try self.all { $0.port == port && $0.address == form }[port] ?? []
            if !names.isEmpty { return names }
        }
        return []
    }

    /// The names by port.
    static func all(where condition: (Listener) -> Bool = { _ in true }) throws -> [Int: Set<String>] {
        var sockets: [String: Int] = [:]
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] where access(table, R_OK) == 0 {
            for listener in Self.listeners(in: try Self.text(table)) where condition(listener) {
                sockets["socket:[\(listener.inode)]"] = listener.port
            }
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

    /// A listening socket. Its address is in the form of the table: 8 or 32 hexadecimal digits.
    typealias Listener = (address: Substring, port: Int, inode: Substring)

    /// An address in the form of the tables of proc(5): words of 32 bits in the machine's byte order.
    static func number(_ address: String) -> String? {
        var words = [UInt32](repeating: 0, count: 4)
        let isLong = address.contains(":")
        guard inet_pton(isLong ? AF_INET6 : AF_INET, address, &words) == 1 else { return nil }
        return words.prefix(isLong ? 4 : 1).map { word in
            let digits = String(word, radix: 16, uppercase: true)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    /// The listening sockets in a table of proc(5): columns 2 (address and port), 4 (state) and 10.
    static func listeners(in table: String) -> [Listener] {
        table.split(separator: "\n").dropFirst().compactMap { line in
            let columns = line.split(separator: " ")
            guard columns.count > 9, columns[3] == "0A", let colon = columns[1].lastIndex(of: ":"),
                let port = Int(columns[1][colon...].dropFirst(), radix: 16)
            else { return nil }
            return (columns[1][..<colon], port, columns[9])
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
