import Sendfile

/// The containers of the store, as its owner sees them by OpenStack Swift's interface.
extension ObjectStoreServer {
    /// The names of the objects in a container, with those of parts of uploads; empty if there is no such container.
    func names(in container: String, beginningWith prefix: String) throws -> [String] {
        let answer = try self.send("GET", "/\(container)?prefix=\(Self.encoded(prefix))&limit=10000")
        guard answer.status != 404 else { return [] }
        return answer.text.split(separator: "\n").map(String.init)
    }

    /// The names of objects, and of parts or uploads that are not complete, below a prefix of the bucket.
    func everything(beginningWith prefix: String) throws -> [String] {
        try self.names(in: "bucket", beginningWith: prefix) + self.parts(beginningWith: prefix)
    }

    /// The parts of uploads, also of complete ones; in Ceph, which hides them, the keys of uploads that are not complete.
    func parts(beginningWith prefix: String) throws -> [String] {
        guard Self.isCeph else { return try self.names(in: "bucket+segments", beginningWith: prefix) }
        return try self.uploads().filter { $0.hasPrefix(prefix) }
    }

    /// An object of the bucket.
    func object(_ key: String) throws -> HTTPAnswer { try self.send("GET", "/bucket/\(Self.encoded(key))") }

    /// Creates a container whose objects every client may read, with one object.
    func makePublic(_ container: String, key: String) throws {
        try self.change("PUT", "/\(container)", ["X-Container-Read": ".r:*,.rlistings"])
        try self.put(Array("open to everyone\n".utf8), at: key, container: container)
    }

    /// Removes an object.
    func remove(_ key: String) throws { try self.change("DELETE", "/bucket/\(Self.encoded("team/\(key)"))") }

    /// Replaces the content of an object.
    func replace(_ key: String, _ content: [UInt8]) throws { try self.put(content, at: "team/\(key)") }

    /// Stores an object with fields that no client may see.
    func put(_ content: [UInt8], at key: String, container: String = "bucket") throws {
        let fields = ["Content-Type": "application/x-of-the-store", "Content-Disposition": "inline; filename=store"]
        try self.change("PUT", "/\(container)/\(Self.encoded(key))", fields, body: content)
    }

    /// Sends a request that has to succeed.
    func change(_ method: String, _ path: String, _ fields: [String: String] = [:], body: [UInt8] = []) throws {
        let answer = try self.send(method, path, fields, body: .bytes(body))
        guard answer.status < 300 else { throw Failure("\(method) \(path): \(answer.status) \(answer.text)") }
    }

    /// Sends a request of the account's owner.
    ///
    /// - Parameter path: The path below the account.
    private func send(
        _ method: String, _ path: String, _ fields: [String: String] = [:], body: HTTPClient.Body = .none
    ) throws -> HTTPAnswer {
        let client = HTTPClient(port: self.port)
        let token = try self.session.withLock { token in
            if token.isEmpty {
                let fields = ["X-Auth-User": "test:tester", "X-Auth-Key": Self.secret]
                token["X-Auth-Token"] = try client.send("GET", "/auth/v1.0", fields).field("X-Auth-Token")
            }
            return token
        }
        return try client.send(method, Self.accountPath + path, token.merging(fields) { $1 }, body: body)
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            byte == UInt8(ascii: "/") ? "/" : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
    }
}
