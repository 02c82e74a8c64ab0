import Testing

extension ServerTests {
    /// If the program fails in any way, access is denied.
    @Suite struct ClosedDoorTests {
        private static let targets = ["/files/plain.txt", "/application/x"]

        private static func expectClosed(_ site: AuthorizerSite, _ user: String, _ statuses: [Int]) throws {
            for target in Self.targets {
                let answer = try site.client.get(target, ["Cookie": "user=\(user)"])
                #expect(
                    statuses.contains(answer.status), "\(user) \(target) \(answer.status)\n\(site.logs)")
                #expect(!answer.text.contains("content of") && !answer.text.contains("BODY="))
            }
        }

        @Test("A program that is not running denies access", arguments: AuthorizerSite.Server.allCases)
        func notRunning(_ server: AuthorizerSite.Server) throws {
            let site = try AuthorizerSite.start(server, program: .doesNotRun)
            try Self.expectClosed(site, "alice", [500, 502, 503])
            try site.stop()
        }

        @Test("A program without an authorizer denies access", arguments: AuthorizerSite.Server.allCases)
        func respondsOnly(_ server: AuthorizerSite.Server) throws {
            let site = try AuthorizerSite.start(server, program: .respondsOnly)
            try Self.expectClosed(site, "alice", [server == .fcgid ? 401 : 500])
            // The refusal came from the program.
            let line = server == .nginx ? "this program has no authorizer" : "a request for role 2"
            try Deadline.wait("the log has \"\(line)\"") { site.logs.contains(line) }
            try site.stop()
        }

        @Test("An authorizer that takes too long denies access", arguments: AuthorizerSite.Server.allCases)
        func slow(_ server: AuthorizerSite.Server) throws {
            let site = try AuthorizerSite.start(server, program: .isImpatient)
            let status =
                switch server {
                case .lighttpd, .authnz: 504
                case .nginx: 500
                case .fcgid: 401
                }
            try Self.expectClosed(site, "slow", [status])
            // The timeout has not affected other requests.
            #expect(try site.client.get("/files/plain.txt", ["Cookie": "user=alice"]).status == 200)
            try site.stop()
        }

        @Test("A program that crashes during a decision denies access", arguments: AuthorizerSite.Server.allCases)
        func crash(_ server: AuthorizerSite.Server) throws {
            let site = try AuthorizerSite.start(server, program: .runs)
            try Self.expectClosed(site, "crash", [500, 502, 503])
            // The site is not stopped while the web server starts the program again: until its exec, the new process
            // of lighttpd 1.4.69 handles SIGTERM as the web server does, so the signal would be lost.
            if server.startsProgram {
                try Deadline.wait("\(server.rawValue) has started the program again") {
                    try site.client.get("/files/plain.txt", ["Cookie": "user=alice"]).status == 200
                }
            }
            try site.stop()
        }
    }
}
