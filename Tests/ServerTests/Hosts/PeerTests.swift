import Glibc
import Testing

extension ServerTests {
    /// `FASTCGI_PEERS` between hosts: a web server, a program, and a stranger on the same network.
    @Suite(.serialized, .onMachines) struct PeerTests {
        @Test(
            "A web server on another host is answered, and a stranger's connection is closed",
            arguments: ["0.0.0.0", "[::]", "10.77.0.2"])
        func stranger(listen: String) throws {
            let hosts = try HostNetwork(hosts: 3).hosts
            let (front, middle, stranger) = (hosts[0], hosts[1], hosts[2])
            let process = try RunningProgram.start(
                environment: ["FASTCGI_LISTEN": "\(listen):9000", "FASTCGI_PEERS": front.address],
                wrapper: middle.wrapper)
            let program = RunningProgram(process: process, address: .loopback(port: 9000))
            try program.waitForLog("listening on \(listen):9000")

            let site = try Self.nginx(on: front, passingTo: "\(middle.address):9000")
            try withExtendedLifetime(site) {
                let client = HTTPClient(port: site.port, network: try front.network())
                try Deadline.wait("nginx answers") { (try? client.get("/ready"))?.status == 200 }
                let plain = try client.get("/file/plain.txt")
                #expect(plain.status == 200 && plain.body == Corpus.content(of: "plain.txt"))
                #expect(try client.get("/file/\(Corpus.large.name)").body == Corpus.large.content)
            }

            // A loopback address of the program's own host is not in the list, either.
            for (host, target) in [(stranger, middle.address), (middle, "127.0.0.1")] {
                let request =
                    "printf '\\001\\001\\000\\001\\000\\010\\000\\000\\000\\001\\000\\000\\000\\000\\000\\000' >&3"
                let attempt = try ChildProcess(
                    host.wrapper + ["bash", "-c", "exec 3<>/dev/tcp/\(target)/9000; \(request); cat <&3 | wc -c"],
                    log: "\(try Workspace.shared.makeDirectory("stranger"))/log")
                #expect(try attempt.waitForEnd(seconds: 20) == .exited(0))
                #expect(try Files.text(attempt.log).split(separator: "\n").last == "0")
            }
            try program.waitForLog(
                "a connection from \(stranger.address) was closed: FASTCGI_PEERS does not contain this address")
            #expect(try program.stop() == .exited(0))
        }

        @Test(
            "Without FASTCGI_PEERS the program does not start, neither on its own address nor on a socket of spawn-fcgi"
        )
        func missing() throws {
            let host = try #require(try HostNetwork(hosts: 1).hosts.first)
            let own = try RunningProgram.start(
                environment: ["FASTCGI_LISTEN": "0.0.0.0:9000"], wrapper: host.wrapper)
            #expect(try own.waitForEnd() == .exited(78))
            #expect(
                try Files.text(own.log).contains("FASTCGI_PEERS is missing, and other machines can reach 0.0.0.0:9000"))

            let spawner = host.wrapper + ["spawn-fcgi", "-n", "-a", "0.0.0.0", "-p", "9000", "--"]
            let inherited = try RunningProgram.start(wrapper: spawner)
            #expect(try inherited.waitForEnd() == .exited(78))
            #expect(
                try Files.text(inherited.log).contains(
                    "other machines can reach inherited descriptor 0, which listens on 0.0.0.0"))
            let open = try RunningProgram.start(environment: ["FASTCGI_PEERS": "any"], wrapper: spawner)
            let program = RunningProgram(process: open, address: .loopback(port: 9000))
            try program.waitForLog("inherited descriptor 0 is reachable from other machines, and FASTCGI_PEERS is any")
            #expect(try program.stop() == .exited(0))
        }

        /// nginx with `conf/nginx`, passing requests to an address.
        private static func nginx(
            on host: HostNetwork.Host, passingTo address: String
        ) throws -> (port: UInt16, process: ChildProcess) {
            let workspace = try Workspace.shared
            let directory = try workspace.makeDirectory("front")
            try ConfigurationFiles.fill(
                "nginx", into: directory,
                values: [
                    "PORT": "8080", "PROGRAM": workspace.program, "SOCKET": "\(directory)/none.sock",
                    "ROOT": workspace.root,
                    "RUN": directory,
                ])
            try ConfigurationFiles.change(
                ["server unix:\(directory)/none.sock;": "server \(address);"], in: directory, files: ["sendfile.conf"])
            let process = try ChildProcess(
                host.wrapper + WebServer.nginx.command(run: directory), log: "\(directory)/server.log")
            return (8080, process)
        }
    }
}
