import Glibc

/// nginx with `conf/nginx/object-storage.conf` and the application that serves objects.
final class ObjectSite: StartedSite {
    let title: String
    let client: HTTPClient
    let directory: String
    let processes: [ChildProcess]

    /// No response may contain the secret, nor the access key, which a store's errors have.
    var root: String { ObjectStoreServer.secret }

    /// The lines for a store without TLS.
    static let plain = ["https://object_store$object_target": "http://object_store$object_target"]

    /// The same lines, and another delivery.
    static func plain(_ delivery: String) -> [String: String] {
        self.plain.merging(delivery == "server" ? [:] : ["OBJECT_DELIVERY   server;": "OBJECT_DELIVERY   \(delivery);"])
        { $1 }
    }

    /// Starts both and waits until a request is answered.
    ///
    /// - Parameters:
    ///   - store: The port to which nginx connects; by default, that of the store.
    ///   - settings: Texts of the configuration and their replacements.
    ///   - environment: The program's variables.
    init(
        title: String = "objects behind nginx", store: UInt16? = nil, settings: [String: String] = ObjectSite.plain,
        environment: [String: String] = [:]
    ) throws {
        let workspace = try Workspace.shared
        let port = try Address.freePort()
        let directory = try workspace.makeDirectory("objects")
        let values = [
            "PORT": String(port), "PROGRAM": try Self.program.get(), "SOCKET": "\(directory)/sendfile.sock",
            "RUN": directory, "STORE": "127.0.0.1:\(try store ?? ObjectStoreServer.shared.port)",
        ]
        try ConfigurationFiles.fill(
            "nginx", into: directory, values: values, files: ["nginx.conf", "object-storage.conf"])
        try ConfigurationFiles.change(
            ["include sendfile.conf;": "include object-storage.conf;"], in: directory, files: ["nginx.conf"])
        try ConfigurationFiles.change(settings, in: directory, files: ["object-storage.conf"])
        try ConfigurationFiles.fill(
            "systemd", into: directory, values: values, files: ["sendfile.socket", "sendfile.service"])
        let program = try SystemdService(unitsIn: directory).start(
            environment: ["STORE": try ObjectStoreServer.shared.endpoint].merging(environment) { $1 },
            log: "\(directory)/program.log")
        let server = try ChildProcess(WebServer.nginx.command(run: directory), log: "\(directory)/server.log")
        (self.title, self.client, self.directory) = (title, HTTPClient(port: port), directory)
        self.processes = [program, server]
        try Deadline.wait("\(title) answers") {
            guard server.isRunning else { throw Failure("\(title) ends.\n\(try Files.text(server.log))") }
            return (try? self.client.get("/ready"))?.status == 200
        }
    }

    /// The application that serves objects.
    static let program = Result {
        try Workspace.install("object-application", in: "\(try Workspace.shared.path)/objects-bin")
    }

    /// The target of an object.
    static func target(_ key: String, _ protocol: String = "s3", query: String = "") -> String {
        "/\(`protocol`)/\(FileName(Array(key.utf8)).hexadecimal)\(query.isEmpty ? "" : "?\(query)")"
    }
}
