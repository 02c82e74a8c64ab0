import Glibc

/// nginx or Caddy with its `conf` for objects, and sendfile-gate, whose root is a bucket of the object store.
final class GateStoreSite: StartedSite {
    let title: String
    let client: HTTPClient
    let directory: String
    let processes: [ChildProcess]
    /// The settings of the gate.
    let environment: [String: String]

    var root: String { ObjectStoreServer.secret }

    /// Starts both and waits until the gate answers.
    ///
    /// - Parameters:
    ///   - route: The web server, without the sender of the bytes.
    ///   - bucket: `SENDFILE_ROOT`.
    ///   - delivery: `OBJECT_DELIVERY`.
    ///   - settings: Further settings of the gate.
    ///   - edits: Texts of the web server's configuration and their replacements.
    ///   - hasNetwork: Whether the gate can open connections; without a network, it runs as `PrivateNetwork=` of the units says.
    init(
        route: ObjectRoute = .nginx, bucket: String = "s3://bucket/team", delivery: String = "server",
        settings: [String: String] = [:],
        edits: [String: String] = [:], hasNetwork: Bool = true
    ) throws {
        let workspace = try Workspace.shared
        let port = try Address.freePort()
        let directory = try workspace.makeDirectory("gate-store")
        try Files.giveToServer(directory)
        let values = [
            "PORT": String(port), "SOCKET": "\(directory)/gate.sock", "RUN": directory,
            "STORE": "127.0.0.1:\(try ObjectStoreServer.shared.port)",
        ]
        try ConfigurationFiles.fill(route.folder, into: directory, values: values, files: route.files)
        if route == .nginx {
            try ConfigurationFiles.change(
                ["include sendfile.conf;": "include object-storage.conf;"], in: directory, files: ["nginx.conf"])
        }
        let plain = (route == .nginx ? .behindNginx(delivery) : route).plain
        for edits in [plain, edits] {
            try ConfigurationFiles.change(edits, in: directory, files: [route.file])
        }
        self.environment = try Self.settings(bucket, directory: directory).merging(settings) { $1 }
        let program = try ChildProcess(
            (hasNetwork ? [] : ["unshare", "--net"]) + ChildProcess.asServer + [workspace.gate, "serve"],
            environment: ChildProcess.plainEnvironment.merging(self.environment) { $1 }
                .merging(["FASTCGI_LISTEN": "\(directory)/gate.sock", "OBJECT_DELIVERY": delivery]) { $1 },
            log: "\(directory)/program.log")
        let server = try ChildProcess(route.command(run: directory), log: "\(directory)/server.log")
        (self.title, self.client) = ("gate to \(bucket), \(route.rawValue), \(delivery)", HTTPClient(port: port))
        (self.directory, self.processes) = (directory, [program, server])
        try Deadline.wait("\(self.title) answers") {
            guard server.isRunning, program.isRunning else {
                throw Failure("\(self.title) ends.\n\(try Files.text(server.log))\(try Files.text(program.log))")
            }
            return (try? self.client.get("/"))?.status == 404
        }
    }

    /// The settings for a bucket of the tests' store, with the credentials in a file.
    static func settings(_ bucket: String, directory: String) throws -> [String: String] {
        let isS3 = bucket.hasPrefix("s3://")
        let endpoint = try ObjectStoreServer.shared.endpoint
        let lines =
            isS3
            ? "[default]\naws_access_key_id = test:tester\naws_secret_access_key = \(ObjectStoreServer.secret)\n"
            : "temp_url_key = \(ObjectStoreServer.secret)\n"
        let credentials = "\(directory)/credentials"
        try Files.write(lines, to: credentials, mode: 0o400)
        try Files.giveToServer(credentials)
        return [
            "SENDFILE_ROOT": bucket, "SENDFILE_LINK_SECRET": GateSite.secret,
            "OBJECT_ENDPOINT": isS3 ? endpoint : endpoint + ObjectStoreServer.accountPath,
            "OBJECT_CREDENTIALS_FILE": credentials,
        ]
    }

    /// A link as printed by the program, without the line end.
    func link(_ arguments: String..., settings: [String: String] = [:]) throws -> String {
        let run = try GateRun(["link"] + arguments, environment: self.environment.merging(settings) { $1 })
        guard run.end == .exited(0), run.output.hasSuffix("\n") else { throw Failure("no link: \(run.errors)") }
        return String(run.output.dropLast())
    }
}
