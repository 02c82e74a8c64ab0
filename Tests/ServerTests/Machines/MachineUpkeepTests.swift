import Testing

extension ServerTests {
    /// What an administrator, a timer or a package does to a web server while clients ask it.
    @Suite(.serialized, .onMachines) struct MachineUpkeepTests {
        enum Work: String, CaseIterable, Sendable, CustomTestStringConvertible {
            case reload
            case logrotate
            case upgrade

            var testDescription: String { self.rawValue }

            func script(_ server: WebServer) -> String {
                switch self {
                case .reload: "systemctl reload \(server.service)"
                // Caddy of Debian writes to the journal.
                case .logrotate:
                    "! test -e /etc/logrotate.d/\(server.service) || logrotate --force /etc/logrotate.d/\(server.service)"
                // What dpkg does for another version as well.
                case .upgrade: "apt-get install --reinstall --yes --no-download \(server.service)"
                }
            }
        }

        private static let cases = MachineRequirements.releases.flatMap { release in
            [WebServer.lighttpd, .nginx, .apacheFcgid, .apacheProxyFcgi, .caddy].map {
                Delivery(server: $0, streams: false, release: release)
            }
        }

        @Test("Requests while a web server is taken care of", arguments: cases)
        func load(_ delivery: Delivery) throws {
            try withLogs(of: MachineSite(delivery)) { site in
                for work in Work.allCases {
                    let load = MachineLoad(site)
                    load.wait(forMore: 100)
                    let output = try site.machine.attempt(work.script(delivery.server))
                    load.wait(forMore: 200)
                    try load.stop()
                    #expect(output.end == .exited(0), "\(output.output)")
                    print("\(work) of \(delivery.testDescription): \(load.answered) answered, lost \(load.lost)")
                }
            }
        }
    }
}
