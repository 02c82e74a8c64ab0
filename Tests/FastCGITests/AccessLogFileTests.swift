import FastCGI
import Glibc
import HTTPTypes
import Logging
import Sendfile
import SystemPackage
import Testing

/// The access log's file: it is found again after a rotation, and no fault of it loses a response.
@Suite struct AccessLogFileTests {
    /// A server with a log and a file; the URL of a download identifies its line.
    private static func server(_ log: AccessLogFile, file: String? = nil) async throws -> RunningServer {
        let sendfile = try Sendfile(root: "/usr", backend: .stream)
        var configuration = try log.configuration
        if let file { configuration.accessLog = try AccessLog(file: FilePath(file)) }
        return try await RunningServer(configuration) { try sendfile($0, "missing") }
    }

    private static func paths(_ log: AccessLogFile, _ name: String = "access.jsonl", count: Int) async throws -> [JSON?]
    {
        try await log.lines(count: count, name).map { $0["path"] }
    }

    @Test("A log file that is moved away is replaced by a new one, which other users cannot read") func movedFile()
        async throws
    {
        let log = AccessLogFile()
        let server = try await Self.server(log)
        let peer = try server.peer()
        for round in 0..<3 {
            _ = try peer.request("GET", "/\(round)")
            #expect(try await Self.paths(log, count: 1) == [.text("/\(round)")])
            var status = stat()
            #expect(stat(log.path, &status) == 0 && status.st_mode & 0o777 & ~0o640 == 0)
            rename(log.path, "\(log.path).\(round)")
        }
        for round in 0..<3 {
            #expect(try log.lines("access.jsonl.\(round)").map { $0["path"] } == [.text("/\(round)")])
        }
        #expect(server.statistics.lostAccessRecords == 0)
        try await server.stop()
    }

    @Test("A log file that logrotate has created is used, and a removed one is created again") func createdFile()
        async throws
    {
        let log = AccessLogFile()
        let server = try await Self.server(log)
        let peer = try server.peer()
        _ = try peer.request("GET", "/first")
        _ = try await log.lines(count: 1)
        rename(log.path, log.path + ".1")
        close(creat(log.path, 0o600))
        _ = try peer.request("GET", "/second")
        #expect(try await Self.paths(log, count: 1) == [.text("/second")])
        unlink(log.path)
        _ = try peer.request("GET", "/third")
        #expect(try await Self.paths(log, count: 1) == [.text("/third")])
        try await server.stop()
    }

    @Test("A truncated log file continues at its start") func truncatedFile() async throws {
        let log = AccessLogFile()
        let server = try await Self.server(log)
        let peer = try server.peer()
        for _ in 0..<10 { _ = try peer.request("GET", "/long/\(String(repeating: "x", count: 500))") }
        _ = try await log.lines(count: 10)
        truncate(log.path, 0)
        _ = try peer.request("GET", "/second")
        #expect(try await Self.paths(log, count: 1) == [.text("/second")])
        try await server.stop()
    }

    @Test("A missing directory loses lines, which are counted, and no response") func missingDirectory() async throws {
        let log = AccessLogFile()
        let directory = log.directory + "/below"
        mkdir(directory, 0o755)
        let server = try await Self.server(log, file: directory + "/access.jsonl")
        let peer = try server.peer()
        _ = try peer.request("GET", "/first")
        try await RunningServer.wait { !log.bytes("below/access.jsonl").isEmpty }
        unlink(directory + "/access.jsonl")
        rmdir(directory)
        for _ in 0..<5 { #expect(try peer.request("GET", "/lost").status == "404 Not Found") }
        try await RunningServer.wait { server.statistics.lostAccessRecords == 5 }
        let complaints = server.log.all.filter { $0.contains("the access log") }
        #expect(complaints.count == 1)
        #expect(complaints.allSatisfy { $0.hasPrefix("error") && $0.contains("No such file or directory") })

        mkdir(directory, 0o755)
        _ = try peer.request("GET", "/second")
        #expect(try await Self.paths(log, "below/access.jsonl", count: 1) == [.text("/second")])
        #expect(server.statistics.prometheusText.contains("\nfastcgi_access_log_lost_total 5\n"))
        #expect(server.statistics.json.contains("\"access_log_lost\":5"))
        try await server.stop()
        unlink(directory + "/access.jsonl")
        rmdir(directory)
    }

    @Test("A log file in a renamed directory keeps the lines") func renamedDirectory() async throws {
        let log = AccessLogFile()
        let directory = log.directory + "/below"
        mkdir(directory, 0o755)
        let server = try await Self.server(log, file: directory + "/access.jsonl")
        let peer = try server.peer()
        _ = try peer.request("GET", "/first")
        try await RunningServer.wait { !log.bytes("below/access.jsonl").isEmpty }
        rename(directory, log.directory + "/moved")
        _ = try peer.request("GET", "/second")
        #expect(try await Self.paths(log, "moved/access.jsonl", count: 2) == [.text("/first"), .text("/second")])
        #expect(server.statistics.lostAccessRecords == 0)
        #expect(server.log.contains("lines are still written to the file that was renamed"))
        try await server.stop()
        unlink(log.directory + "/moved/access.jsonl")
        rmdir(log.directory + "/moved")
    }

    @Test("A full disk loses lines and no response") func fullDisk() async throws {
        let log = AccessLogFile()
        let server = try await Self.server(log, file: "/dev/full")
        let peer = try server.peer()
        for _ in 0..<5 { #expect(try peer.request("GET", "/lost").status == "404 Not Found") }
        try await RunningServer.wait { server.statistics.lostAccessRecords == 5 }
        #expect(server.log.all.filter { $0.contains("No space left on device") }.count == 1)
        try await server.stop()
    }

    @Test("Several servers write complete lines to one file while it is rotated") func severalServers() async throws {
        let log = AccessLogFile()
        var servers: [RunningServer] = []
        for _ in 0..<3 { servers.append(try await Self.server(log)) }
        let count = try await withThrowingTaskGroup(of: Int.self) { group in
            for (number, server) in servers.enumerated() {
                group.addTask {
                    let peer = try server.peer()
                    var round = 0
                    while !Task.isCancelled {
                        _ = try peer.request("GET", "/\(number)/\(round)")
                        round += 1
                        // A request occupies its thread, and there may be fewer threads than servers.
                        await Task.yield()
                    }
                    return round
                }
            }
            for rotation in 0..<10 {
                try await RunningServer.wait { log.bytes().count > 2000 }
                rename(log.path, "\(log.path).\(rotation)")
            }
            group.cancelAll()
            return try await group.reduce(0, +)
        }
        for server in servers { try await server.stop() }
        let lines = try log.names.flatMap { try log.lines($0) }.compactMap { $0["path"]?.text }
        #expect(lines.count == count)
        #expect(Set(lines).count == lines.count)
        #expect(log.names.count >= 10)
    }

    // MARK: Settings

    @Test("A relative path is an error that names the remedy", arguments: ["access.jsonl", "./x"])
    func relativePath(path: String) throws {
        let error = #expect(throws: FastCGIServer.ConfigurationError.self) {
            try FastCGIServer.Configuration(
                environment: EnvironmentVariables(["FASTCGI_ACCESS_LOG": path]))
        }
        #expect(error.map { "\($0)" } == "FASTCGI_ACCESS_LOG is \"\(path)\", which is not the absolute path of a file")
    }

    @Test(
        "An unwritable log file is an error before the server listens",
        arguments: ["/nonexistent/access.jsonl", "/usr", "/"])
    func unwritableFile(path: String) async throws {
        let configuration = try FastCGIServer.Configuration(
            environment: EnvironmentVariables(["FASTCGI_ACCESS_LOG": path]))
        let server = FastCGIServer(configuration: configuration) { _ in Response() }
        let error = await #expect(throws: FastCGIServer.ConfigurationError.self) { try await server.run() }
        #expect(error?.name == "FASTCGI_ACCESS_LOG")
        #expect(error?.value == path)
        #expect(error?.description.contains("; create its directory") == true)
    }

    @Test("The settings of the access log come from the environment") func settings() throws {
        let configuration = try FastCGIServer.Configuration(
            environment: EnvironmentVariables([
                "FASTCGI_ACCESS_LOG": "/var/log/x.jsonl", "FASTCGI_ACCESS_LOG_LEVEL": "notice",
            ]))
        #expect(configuration.accessLog?.file == "/var/log/x.jsonl")
        #expect(configuration.accessLogLevel == .notice)
        let plain = FastCGIServer.Configuration()
        #expect(plain.accessLog == nil && plain.accessLogLevel == nil)
        let error = #expect(throws: FastCGIServer.ConfigurationError.self) {
            try FastCGIServer.Configuration(
                environment: EnvironmentVariables(["FASTCGI_ACCESS_LOG_LEVEL": "loud"]))
        }
        #expect(error?.name == "FASTCGI_ACCESS_LOG_LEVEL")
    }
}
