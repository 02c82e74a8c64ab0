/// The containers of the store, as its owner sees them.
extension ObjectStoreServer {
    /// The names of the objects in a container, with those of parts of uploads; empty if there is no such container.
    func names(in container: String, beginningWith prefix: String) throws -> [String] {
        let answer = try self.owner(
            "GET", "/v1/AUTH_test/\(container)?prefix=\(prefix.utf8.map(Self.encoded).joined())&limit=10000")
        guard answer.status != 404 else { return [] }
        return answer.text.split(separator: "\n").map(String.init)
    }

    /// The names of objects, of parts and of begun uploads below a prefix of the bucket.
    func everything(beginningWith prefix: String) throws -> [String] {
        try ["bucket", "bucket+segments"].flatMap { try self.names(in: $0, beginningWith: prefix) }
    }

    /// An object of the bucket.
    func object(_ key: String) throws -> HTTPAnswer {
        try self.owner("GET", "/v1/AUTH_test/bucket/\(key.utf8.map(Self.encoded).joined())")
    }

    private func owner(_ method: String, _ target: String) throws -> HTTPAnswer {
        let client = HTTPClient(port: self.port)
        let session = try client.send(
            "GET", "/auth/v1.0", ["X-Storage-User": "test:tester", "X-Storage-Pass": Self.secret])
        return try client.send(method, target, ["X-Auth-Token": session.field("X-Auth-Token") ?? ""])
    }

    private static func encoded(_ byte: UInt8) -> String {
        byte == UInt8(ascii: "/") ? "/" : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
