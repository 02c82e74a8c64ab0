import Glibc
import Sendfile

/// A real OpenStack Swift, or on request Ceph's gateway, with the objects of the tests, shared by all of them.
final class ObjectStoreServer: Sendable {
    static var shared: ObjectStoreServer { get throws { try self.result.get() } }

    private static let result = Result { try ObjectStoreServer() }

    /// The version in the Python package index.
    private static let version = "2.38.3"

    /// Whether the store is Ceph's: `OBJECT_STORE=radosgw`.
    static let isCeph = getenv("OBJECT_STORE").map { String(cString: $0) } == "radosgw"

    /// The path of the account in a URL of OpenStack Swift's interface.
    static let accountPath = isCeph ? "/swift/v1/AUTH_test" : "/v1/AUTH_test"

    /// The domain in which each bucket has a host name of its own.
    static let domain = isCeph ? "localhost" : "s3.localhost"

    /// The key of TempURL and the password of S3.
    static let secret = "testing"

    let port: UInt16
    /// The port of Ceph's second gateway, whose URLs contain no account.
    let portWithoutAccount: UInt16
    private let process: ChildProcess
    /// The field with the owner's token; empty before the first request.
    let session = Locked<[String: String]>([:])

    /// The endpoint of virtual-host addressing. No resolver knows the hosts below it.
    var domainEndpoint: String { "http://\(Self.domain):\(self.port)" }

    /// The endpoint, under the name that the tests' client sends as `Host`.
    var endpoint: String { "http://localhost:\(self.port)" }

    var log: String { self.process.log }

    private init() throws {
        let directory = try Workspace.shared.makeDirectory("store")
        let scripts = "\(CodeBlock.package)/Tests/ServerTests/Objects"
        let ports = try (0..<(Self.isCeph ? 3 : 4)).map { _ in try Address.freePort() }
        (self.port, self.portWithoutAccount) = (ports[0], ports[1])
        let command =
            Self.isCeph
            ? ["\(scripts)/ceph-radosgw"] : [try Self.environment(), "\(scripts)/openstack-swift", directory]
        var variables = ChildProcess.plainEnvironment
        variables["HOME"] = getenv("HOME").map { String(cString: $0) }
        self.process = try ChildProcess(
            command + ports.map(String.init), environment: variables, log: "\(directory)/store.log")
        // Ceph's monitor speaks another protocol.
        for port in Self.isCeph ? Array(ports.prefix(2)) : ports.reversed() {
            // The root of Ceph is made once.
            try Deadline.wait("the object store answers", seconds: Self.isCeph ? 600 : Socket.patience) {
                guard self.process.isRunning else { throw Failure("the store ends: \(try Files.text(self.log))") }
                // Only the proxy knows this path; the others answer that it is unknown.
                return (try? HTTPClient(port: port).get("/healthcheck")) != nil
            }
        }
        try self.fill()
    }

    /// The Python of a virtual environment with OpenStack Swift.
    private static func environment() throws -> String {
        try PythonEnvironment.python("openstack-swift-\(Self.version)", packages: ["swift==\(Self.version)"])
    }

    private func fill() throws {
        try self.change("POST", "", ["X-Account-Meta-Temp-URL-Key": Self.secret])
        for container in ["bucket", "other"] { try self.change("PUT", "/\(container)") }
        for object in ObjectCorpus.all { try self.put(object.content, at: "team/\(object.key)") }
        for key in ObjectCorpus.outside { try self.put(Array("outside".utf8), at: key) }
        try self.put(Array("outside".utf8), at: "team/x", container: "other")
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
