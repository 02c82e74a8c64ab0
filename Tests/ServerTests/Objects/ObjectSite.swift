import Glibc
import Sendfile

/// A web server with its `conf` for objects, and the application that serves them.
final class ObjectSite: StartedSite {
    let title: String
    let client: HTTPClient
    let directory: String
    let processes: [ChildProcess]

    /// No response may contain the secret, nor the access key, which a store's errors have.
    var root: String { ObjectStoreServer.secret }

    /// The site of a route with the real store; started on first use, and shared by all tests.
    static func shared(_ route: ObjectRoute) throws -> ObjectSite {
        try self.sites.withLock { sites in
            if let site = sites[route] { return site }
            let site = try ObjectSite(route)
            sites[route] = site
            return site
        }
    }

    private static let sites = Locked<[ObjectRoute: ObjectSite]>([:])

    /// Starts both and waits until a request is answered.
    ///
    /// - Parameters:
    ///   - route: The web server, and the sender of the bytes.
    ///   - store: The address to which the web server connects; by default, that of the store.
    ///   - settings: Texts of the configuration and their replacements; by default, those for a store without TLS.
    ///   - environment: The program's variables.
    ///   - edit: Changes the configuration after that.
    init(
        _ route: ObjectRoute = .nginx, title: String? = nil, store: String? = nil, settings: [String: String]? = nil,
        environment: [String: String] = [:], edit: (String) throws -> String = { $0 }
    ) throws {
        let title = title ?? "objects, \(route.rawValue)"
        let workspace = try Workspace.shared
        let port = try Address.freePort()
        let directory = try workspace.makeDirectory("objects")
        let environment = [
            "STORE": try ObjectStoreServer.shared.endpoint, "STORE_ACCOUNT": ObjectStoreServer.accountPath,
        ].merging(environment) { $1 }
        let values = [
            "PORT": String(port), "PROGRAM": try Self.program.get(), "SOCKET": "\(directory)/sendfile.sock",
            "RUN": directory, "STORE": try store ?? route.address(port: ObjectStoreServer.shared.port),
        ]
        try ConfigurationFiles.fill(route.folder, into: directory, values: values, files: route.files)
        let settings = (settings ?? route.plain).merging(route.passing(environment)) { $1 }
        try ConfigurationFiles.change(settings, in: directory, files: [route.file])
        let file = "\(directory)/\(route.file)"
        try Files.write(try edit(Files.text(file)), to: file)
        if route.folder == "nginx" {
            try ConfigurationFiles.change(
                ["include sendfile.conf;": "include object-storage.conf;"], in: directory, files: ["nginx.conf"])
        }
        var processes: [ChildProcess] = []
        if !route.startsProgram {
            try ConfigurationFiles.fill(
                "systemd", into: directory, values: values, files: ["sendfile.socket", "sendfile.service"])
            processes.append(
                try SystemdService(unitsIn: directory).start(
                    environment: environment, log: "\(directory)/program.log"))
        }
        let server = try ChildProcess(route.command(run: directory), log: "\(directory)/server.log")
        processes.append(server)
        (self.title, self.client, self.directory) = (title, HTTPClient(port: port), directory)
        self.processes = processes
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
