import Glibc
import Testing

extension ServerTests {
    /// Two web servers in front of the application servers, of which one stops or fails.
    @Suite(.serialized, .onMachines) struct FrontFailureTests {
        private static func site(
            _ kind: BalancingServer.Kind, changes: [(old: String, new: String)] = []
        ) throws -> (site: SeveralServers, client: HostNetwork.Host) {
            let site = try SeveralServers([kind, kind], changes: [kind.listensEverywhere] + changes)
            // Any other host will do as the client's.
            return (site, site.applications[2].host)
        }

        /// curl on the client's host, for a name with the addresses of both web servers.
        private static func curl(
            _ name: String, _ site: SeveralServers, _ client: HostNetwork.Host, _ options: String...
        ) throws -> ChildProcess {
            let addresses = site.fronts.map(\.host.address).joined(separator: ",")
            let directory = try Workspace.shared.makeDirectory("curl")
            return try ChildProcess(
                client.wrapper + ["curl", "--silent", "--fail", "--resolve", "site:8080:\(addresses)"] + options
                    + ["--output", "\(directory)/file", "http://site:8080/file/\(name)"],
                log: "\(directory)/log")
        }

        private static func file(of curl: ChildProcess) -> String { curl.log.replacing("/log", with: "/file") }

        @Test(
            "A web server that is stopped finishes its downloads, and new clients take the other address",
            arguments: BalancingServer.Kind.allCases)
        func stop(_ kind: BalancingServer.Kind) throws {
            let (site, client) = try Self.site(kind)
            let front = site.fronts[0]
            let big = SeveralServers.big
            let download = try Self.curl(big.name, site, client, "--limit-rate", "24M")
            try Deadline.wait("a part of the file has arrived") { Files.size(Self.file(of: download)) > 1 << 20 }
            front.process.signal(kind.gracefulSignal)
            let address = Address.host(front.host.address, port: 8080)
            try Deadline.wait("\(kind) refuses connections") {
                (try? Socket.connected(to: address, in: client.network())) == nil
            }
            #expect(try Self.curl("plain.txt", site, client).waitForEnd() == .exited(0))
            #expect(try download.waitForEnd() == .exited(0))
            #expect(Files.size(Self.file(of: download)) == big.size)
            #expect(try front.process.waitForEnd() == .exited(0))
            try site.stop(ended: 1)
        }

        @Test("A client that knows both addresses takes the other one, unless the web server is frozen")
        func addresses() throws {
            let (site, client) = try Self.site(.nginx)
            let front = site.fronts[0]
            try front.host.plug(false)
            // curl divides the time among the addresses.
            #expect(try Self.curl("plain.txt", site, client, "--connect-timeout", "4").waitForEnd() == .exited(0))
            try front.host.plug(true)

            // The kernel of the frozen machine's web server accepts the connection.
            try front.signalAll(SIGSTOP)
            #expect(try Self.curl("plain.txt", site, client, "--max-time", "2").waitForEnd() == .exited(28))
            try front.signalAll(SIGCONT)

            try front.signalAll(SIGKILL)
            #expect(try front.process.waitForEnd() == .killed(signal: SIGKILL))
            #expect(try Self.curl("plain.txt", site, client).waitForEnd() == .exited(0))
            try site.stop(ended: 1)
        }

        // MARK: One address

        private static let address = "10.77.0.100"

        private static func keepalived(on host: HostNetwork.Host, peer: HostNetwork.Host) throws -> ChildProcess {
            let directory = try Workspace.shared.makeDirectory("keepalived")
            try ConfigurationFiles.fill(
                "keepalived", into: directory,
                values: [
                    "ADDRESS": host.address, "PEER": peer.address, "INTERFACE": "eth0", "SITE": "\(Self.address)/24",
                    "STATUS": "http://127.0.0.1:8080/ready", "USER": "nobody",
                ])
            return try ChildProcess(
                host.wrapper + [
                    "keepalived", "--dont-fork", "--log-console", "--use-file", "\(directory)/front.conf",
                    "--pid", "\(directory)/pid", "--vrrp_pid", "\(directory)/vrrp.pid",
                ], log: "\(directory)/log")
        }

        /// The worker process of the web server that answers at the site's address; `nil` if none does.
        private static func answering(to client: HostNetwork.Host) throws -> pid_t? {
            let directory = try Workspace.shared.makeDirectory("ask")
            let ask = try ChildProcess(
                client.wrapper + [
                    "curl", "--silent", "--max-time", "1", "--output", "/dev/null", "--write-out", "%header{front}",
                    "http://\(Self.address):8080/file/plain.txt",
                ], log: "\(directory)/log")
            return try ask.waitForEnd() == .exited(0) ? pid_t(Files.text(ask.log)) : nil
        }

        /// Lets the web server fail that has the address, and waits until the other one answers.
        private static func move(
            of site: SeveralServers, for client: HostNetwork.Host, _ fail: (BalancingServer) throws -> Void
        ) throws {
            var first: pid_t?
            try Deadline.wait("one answers") {
                first = try Self.answering(to: client)
                return first != nil
            }
            let front = try #require(try site.fronts.first { front in try front.processes.contains { $0 == first } })
            try fail(front)
            try Deadline.wait("the other one answers") {
                let other = try Self.answering(to: client)
                return other != nil && other != first
            }
        }

        @Test("With keepalived, the other web server takes over the address of one that fails, and downloads resume")
        func keepalived() throws {
            let (site, client) = try Self.site(
                .nginx,
                changes: [(old: "listen 8080;", new: "listen 8080; add_header Front $pid always;")])
            let daemons = try [(0, 1), (1, 0)].map { own, other in
                try Self.keepalived(on: site.fronts[own].host, peer: site.fronts[other].host)
            }
            try Self.move(of: site, for: client) { try $0.signalAll(SIGSTOP) }
            for front in site.fronts { try front.signalAll(SIGCONT) }
            try Self.move(of: site, for: client) { try $0.host.plug(false) }
            for front in site.fronts { try front.host.plug(true) }

            let directory = try Workspace.shared.makeDirectory("download")
            let name = SeveralServers.big.name
            let url = "http://\(Self.address):8080/file/\(name)"
            let command =
                "curl --fail --limit-rate 16M --connect-timeout 1 --continue-at - --output \(directory)/file \(url)"
            let download = try ChildProcess(
                client.wrapper + ["sh", "-c", "until \(command); do sleep 0.2; done"], log: "\(directory)/log")
            var killed: BalancingServer?
            try Self.move(of: site, for: client) { front in
                try Deadline.wait("a part of the file has arrived") {
                    Files.size("\(directory)/file") > 1 << 20
                }
                try front.signalAll(SIGKILL)
                killed = front
            }
            let resumed = try download.waitForEnd()
            let log = try Files.text(download.log)
            #expect(resumed == .exited(0), "\(log)")
            #expect(Files.size("\(directory)/file") == SeveralServers.big.size)

            for daemon in daemons {
                daemon.signal(SIGTERM)
                #expect(try daemon.waitForEnd() == .exited(0))
            }
            for front in site.fronts {
                if front.host.address == killed?.host.address {
                    #expect(try front.process.waitForEnd() == .killed(signal: SIGKILL))
                } else {
                    try front.stop()
                }
            }
            try site.stop(ended: 2)
        }
    }
}
