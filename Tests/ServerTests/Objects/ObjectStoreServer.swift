import Glibc

/// A real OpenStack Swift, or on request Ceph's gateway, with the objects of the tests, shared by all of them.
final class ObjectStoreServer: Sendable {
    static var shared: ObjectStoreServer { get throws { try self.result.get() } }

    private static let result = Result { try ObjectStoreServer() }

    /// The version in the Python package index.
    private static let version = "2.38.3"

    /// Whether the store is Ceph's: `OBJECT_STORE=radosgw`.
    static let isCeph = getenv("OBJECT_STORE").map { String(cString: $0) } == "radosgw"

    /// The protocols of the application that the store has. Ceph's paths for TempURL begin with another component than `/v1/`.
    static func protocols(of all: [String]) -> [String] { self.isCeph ? all.filter { $0 == "s3" } : all }

    /// The key of TempURL and the password of S3.
    static let secret = "testing"

    let port: UInt16
    private let process: ChildProcess

    /// The endpoint, under the name that the tests' client sends as `Host`.
    var endpoint: String { "http://localhost:\(self.port)" }

    var log: String { self.process.log }

    private init() throws {
        let directory = try Workspace.shared.makeDirectory("store")
        let scripts = "\(CodeBlock.package)/Tests/ServerTests/Objects"
        let ports = try (0..<(Self.isCeph ? 2 : 4)).map { _ in try Address.freePort() }
        self.port = ports[0]
        let command =
            Self.isCeph
            ? ["\(scripts)/ceph-radosgw"] : [try Self.environment(), "\(scripts)/openstack-swift", directory]
        var variables = ChildProcess.plainEnvironment
        variables["HOME"] = getenv("HOME").map { String(cString: $0) }
        self.process = try ChildProcess(
            command + ports.map(String.init), environment: variables, log: "\(directory)/store.log")
        // Ceph's monitor speaks another protocol.
        for port in Self.isCeph ? [self.port] : ports.reversed() {
            // The root of Ceph is made once.
            try Deadline.wait("the object store answers", seconds: Self.isCeph ? 600 : Socket.patience) {
                guard self.process.isRunning else { throw Failure("the store ends: \(try Files.text(self.log))") }
                // Only the proxy knows this path; the others answer that it is unknown.
                return (try? HTTPClient(port: port).get("/healthcheck")) != nil
            }
        }
        try self.fill()
    }

    /// The Python of a virtual environment with OpenStack Swift; installed once, and kept as the roots of the machines are.
    private static func environment() throws -> String {
        guard let home = getenv("HOME").map({ String(cString: $0) }) else { throw Failure("HOME is not set") }
        let directory = "\(home)/.cache/swift-sendfile/openstack-swift-\(Self.version)"
        let python = "\(directory)/bin/python"
        guard access("\(directory)/complete", F_OK) != 0 else { return python }
        let script = """
            set -eu
            mkdir -p "$(dirname "$1")"
            rm -rf "$1"
            python3 -m venv "$1"
            "$1/bin/pip" install --quiet --disable-pip-version-check "swift==$2"
            touch "$1/complete"
            """
        let log = "\(try Workspace.shared.path)/store-installation.log"
        let environment = ChildProcess.plainEnvironment.merging(
            Dictionary(
                uniqueKeysWithValues: [
                    "HOME", "PIP_INDEX_URL", "PIP_CERT", "PIP_CONFIG_FILE", "https_proxy", "no_proxy",
                ]
                .compactMap { name in getenv(name).map { (name, String(cString: $0)) } })
        ) { $1 }
        let installation = try ChildProcess(
            ["sh", "-c", script, "sh", directory, Self.version], environment: environment, log: log)
        guard try installation.waitForEnd(seconds: 300) == .exited(0) else {
            throw Failure("OpenStack Swift cannot be installed from PyPI:\n\(try Files.text(log))")
        }
        return python
    }

    /// Sends a request as the account's owner.
    @discardableResult
    private func send(
        _ method: String, _ target: String, _ fields: [String: String], body: [UInt8]? = nil
    ) throws -> HTTPAnswer {
        let target = Self.isCeph && target.hasPrefix("/v1/") ? "/swift\(target)" : target
        let answer = try HTTPClient(port: self.port).send(
            method, target, fields, body: body.map { .bytes($0) } ?? .none)
        guard answer.status < 300 else { throw Failure("\(method) \(target): \(answer.status) \(answer.text)") }
        return answer
    }

    private func authorized() throws -> [String: String] {
        let answer = try self.send(
            "GET", "/auth/v1.0", ["X-Auth-User": "test:tester", "X-Auth-Key": Self.secret])
        return ["X-Auth-Token": answer.field("X-Auth-Token") ?? ""]
    }

    private func fill() throws {
        let token = try self.authorized()
        try self.send(
            "POST", "/v1/AUTH_test", token.merging(["X-Account-Meta-Temp-URL-Key": Self.secret]) { $1 }, body: [])
        for container in ["bucket", "other"] { try self.send("PUT", "/v1/AUTH_test/\(container)", token, body: []) }
        for object in ObjectCorpus.all { try self.put(object.content, at: "team/\(object.key)", token) }
        for key in ObjectCorpus.outside { try self.put(Array("outside".utf8), at: key, token) }
        try self.put(Array("outside".utf8), at: "team/x", container: "other", token)
    }

    private func put(
        _ content: [UInt8], at key: String, container: String = "bucket", _ token: [String: String]
    ) throws {
        let path = key.utf8.map { byte in
            byte == UInt8(ascii: "/") ? "/" : "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined()
        // Fields that no client may see.
        let fields = ["Content-Type": "application/x-of-the-store", "Content-Disposition": "inline; filename=store"]
        try self.send("PUT", "/v1/AUTH_test/\(container)/\(path)", token.merging(fields) { $1 }, body: content)
    }

    /// Creates a container whose objects every client may read, with one object.
    func makePublic(_ container: String, key: String) throws {
        let token = try self.authorized()
        try self.send(
            "PUT", "/v1/AUTH_test/\(container)", token.merging(["X-Container-Read": ".r:*,.rlistings"]) { $1 }, body: []
        )
        try self.put(Array("open to everyone\n".utf8), at: key, container: container, token)
    }

    /// Removes an object.
    func remove(_ key: String) throws {
        try self.send("DELETE", "/v1/AUTH_test/bucket/team/\(key)", self.authorized())
    }

    /// Replaces the content of an object.
    func replace(_ key: String, _ content: [UInt8]) throws {
        try self.put(content, at: "team/\(key)", self.authorized())
    }
}

/// The objects below the prefix `team/`.
enum ObjectCorpus {
    struct Object: Sendable {
        let key: String
        var content: [UInt8] { Array("content of \(self.key)\n".utf8) }
    }

    static let plain = "plain.txt"

    static let all: [Object] =
        [
            Self.plain, "a b.txt", "a?b=c&d.txt", "a#b.txt", "100%.txt", "100%25.txt", "%2e%2e/x.txt", "a+b.txt",
            "a;b,c.txt",
            "quote\"s'.txt", "back\\slash.txt", "Bericht \u{fc}.txt", "\u{65e5}\u{672c}\u{8a9e}.txt", "\u{1f600}.txt",
            "deep/er/file.txt", "double//slash.txt", "/leading.txt", "trailing/", "dot./.hidden", "~tilde.txt",
            "a*b!$(c).txt",
            "tab\tname.txt", " space ", "colon:at@.txt", "<tag>.html", String(repeating: "long/", count: 190) + "x.txt",
        ].map(Object.init) + Self.dotted.map(Object.init)

    /// Keys with components that clients and proxies remove from a URL.
    static let dotted = ["../up.txt", "a/../b.txt", "./dot.txt", "end/.."]

    /// Objects outside of the prefix.
    static let outside = ["up.txt", "team-2/x.txt", "teamx", "secret"]
}
