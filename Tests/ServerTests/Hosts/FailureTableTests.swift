import Glibc
import Testing

extension ServerTests {
    /// Application servers that stop or fail under 200 clients, behind each web server.
    ///
    /// Run on request, because it takes minutes. `SEVERAL_SERVERS=short` lets one server fail in each way;
    /// `SEVERAL_SERVERS=long` each of the three in turn, with the time limits of the configurations.
    @Suite(.serialized, .onMachines, .onRequest) struct FailureTableTests {
        /// An event in the life of an application server.
        enum Event: String, CaseIterable {
            case stop = "stopped by SIGTERM, started again"
            case upgrade = "all three replaced, one after the other"
            case kill = "killed by SIGKILL, started again"
            case freeze = "frozen by SIGSTOP, continued"
            case unplug = "unplugged, plugged in again"

            var isPlanned: Bool { self == .stop || self == .upgrade }
        }

        private static let isLong = FailureTable.mode == "long"

        private static func replace(
            _ application: ApplicationServer, _ signal: Int32, _ site: SeveralServers, _ load: FailureLoad
        ) throws {
            application.signal(signal)
            let end = try application.waitForEnd()
            #expect(end == (signal == SIGKILL ? .killed(signal: SIGKILL) : .exited(0)))
            try load.wait(forMore: 100)
            try application.start()
            for front in site.fronts { try front.wait(for: [application.instance]) }
        }

        private static func happen(
            _ event: Event, to application: ApplicationServer, _ site: SeveralServers, _ load: FailureLoad
        ) throws {
            // Longer than every time limit: the read timeout, and that of a connection.
            let time: UInt32 = Self.isLong ? 20 : 7
            switch event {
            case .stop: try Self.replace(application, SIGTERM, site, load)
            case .kill: try Self.replace(application, SIGKILL, site, load)
            case .upgrade:
                for application in site.applications { try Self.replace(application, SIGTERM, site, load) }
            case .freeze:
                application.signal(SIGSTOP)
                load.run(seconds: time)
                application.signal(SIGCONT)
            case .unplug:
                try application.host.plug(false)
                load.run(seconds: time)
                try application.host.plug(true)
            }
            for front in site.fronts { try front.wait(for: [application.instance]) }
        }

        @Test("A planned stop loses no request, and a crash only responses of the server that crashed")
        func failures() throws {
            let site = try SeveralServers(BalancingServer.Kind.allCases, readTimeout: Self.isLong ? nil : 4)
            let groups = site.fronts.map { FailureLoad.Clients(kind: $0.kind, addresses: [$0.client]) }
            let load = try FailureLoad(groups, clients: 200)
            try load.wait(forMore: 200)
            let before = try load.results()
            for (kind, counts) in before {
                #expect(counts.failed.isEmpty && counts.cut.isEmpty && counts.failedPosts.isEmpty, "\(kind): \(counts)")
            }
            var lines: [String] = []
            for event in Event.allCases {
                for application in site.applications.prefix(Self.isLong && event != .upgrade ? 3 : 1) {
                    try Self.happen(event, to: application, site, load)
                    let results = try load.results()
                    for kind in BalancingServer.Kind.allCases {
                        let counts = results[kind] ?? .init()
                        lines.append("\(event.rawValue) | \(application.instance) | \(kind) | \(Self.cells(counts))")
                        Self.check(counts, event, application.instance, kind)
                    }
                }
            }
            print(lines.joined(separator: "\n"))
            try load.stop()
            try site.stop()
        }

        private static func cells(_ counts: FailureLoad.Counts) -> String {
            let cut = counts.cut.values.reduce(0, +)
            return
                "\(counts.downloads) | \(cut) \(counts.cut) | \(counts.failed) | \(counts.posts) | \(counts.failedPosts)"
        }

        private static func check(
            _ counts: FailureLoad.Counts, _ event: Event, _ instance: String, _ kind: BalancingServer.Kind
        ) {
            let name: Comment = "\(event.rawValue), behind \(kind): \(counts)"
            #expect(counts.downloads > 0 && counts.posts > 0, name)
            // A download that was cut has continued on another server, with the right bytes.
            #expect(counts.wrong == 0, name)
            if event.isPlanned {
                #expect(counts.cut.isEmpty && counts.failed.isEmpty && counts.failedPosts.isEmpty, name)
            } else {
                #expect(counts.cut.keys.allSatisfy { $0 == instance }, name)
                if kind.repeatsRequests { #expect(counts.failed.isEmpty, name) }
            }
        }
    }
}

/// The choice of the person who runs the tests.
enum FailureTable {
    static let mode = getenv("SEVERAL_SERVERS").map { String(cString: $0) }
}

extension Trait where Self == ConditionTrait {
    /// Skips the failure table unless `SEVERAL_SERVERS` asks for it.
    static var onRequest: Self {
        .enabled(if: ["short", "long"].contains(FailureTable.mode), "SEVERAL_SERVERS is neither short nor long")
    }
}
