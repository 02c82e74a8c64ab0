import Glibc
import Testing

extension ServerTests {
    /// Web servers that stop or fail under 200 clients that know the addresses of both.
    ///
    /// Run on request, like the table of the application servers.
    @Suite(.serialized, .onMachines, .onRequest) struct FrontTableTests {
        private enum Event: String, CaseIterable {
            case freeze = "frozen by SIGSTOP, continued"
            case unplug = "unplugged, plugged in again"
            case stop = "stopped gracefully, started again"
            case kill = "killed by SIGKILL, started again"
        }

        /// The seconds for which a web server is frozen or unplugged.
        private static let pause: UInt32 = FailureTable.mode == "long" ? 20 : 7

        private static func start(_ kind: BalancingServer.Kind, like site: SeveralServers) throws -> BalancingServer {
            let front = try BalancingServer(
                kind, on: site.fronts[0].host, applications: site.applications.map(\.host.address),
                changes: [kind.listensEverywhere])
            try front.wait(for: site.instances)
            return front
        }

        /// Lets the event happen to a web server. Returns the web server that runs in its place afterwards.
        private static func happen(
            _ event: Event, to front: BalancingServer, of site: SeveralServers, _ load: FailureLoad
        ) throws -> BalancingServer {
            switch event {
            case .freeze:
                try front.signalAll(SIGSTOP)
                load.run(seconds: Self.pause)
                try front.signalAll(SIGCONT)
                return front
            case .unplug:
                try front.host.plug(false)
                load.run(seconds: Self.pause)
                try front.host.plug(true)
                return front
            case .stop:
                front.process.signal(front.kind.gracefulSignal)
                #expect(try front.process.waitForEnd() == .exited(0))
            case .kill:
                try front.signalAll(SIGKILL)
                #expect(try front.process.waitForEnd() == .killed(signal: SIGKILL))
            }
            try load.wait(forMore: 100)
            return try Self.start(front.kind, like: site)
        }

        @Test(
            "A web server that stops or fails loses no download of clients that know both addresses",
            arguments: BalancingServer.Kind.allCases)
        func failures(_ kind: BalancingServer.Kind) throws {
            let site = try SeveralServers([kind, kind], changes: [kind.listensEverywhere])
            let network = try site.applications[2].host.network()
            let addresses = site.fronts.map { HTTPClient(port: 8080, host: $0.host.address, network: network) }
            let load = try FailureLoad(
                [
                    FailureLoad.Clients(kind: kind, addresses: addresses),
                    FailureLoad.Clients(kind: kind, addresses: addresses.reversed()),
                ], clients: 200)
            try load.wait(forMore: 200)
            _ = try load.results()
            var front = site.fronts[0]
            for event in Event.allCases {
                front = try Self.happen(event, to: front, of: site, load)
                let counts = try load.results()[kind] ?? .init()
                let cut = counts.cut.values.reduce(0, +)
                let line =
                    "\(event.rawValue) | \(kind) | \(counts.downloads) | \(counts.moves) | \(cut) | \(counts.failed) | "
                    + "\(counts.posts) | \(counts.failedPosts)"
                print(line)
                #expect(counts.downloads > 0 && counts.posts > 0 && counts.wrong == 0, "\(line)")
                if event == .stop || event == .kill { #expect(counts.failed.isEmpty, "\(line)") }
                if event == .stop { #expect(counts.cut.isEmpty, "\(line)") }
            }
            try load.stop()
            try front.stop()
            try site.stop(ended: 1)
        }
    }
}
