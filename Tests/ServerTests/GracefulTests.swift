import Glibc
import Testing

extension ServerTests {
    /// `apachectl graceful`, as run by logrotate.
    @Suite struct GracefulTests {
        /// Starts a client without waiting for it.
        private static func download(_ target: String, from site: Site, to name: String) throws -> ChildProcess {
            try ChildProcess(
                [
                    "curl", "--silent", "--show-error", "--max-time", "40", "-o", "\(site.directory)/\(name)",
                    "http://127.0.0.1:\(site.port)\(target)",
                ], log: "\(try Workspace.shared.makeDirectory("curl"))/log")
        }

        @Test("mod_fcgid's programs end by themselves and finish short responses, and new requests do not wait long")
        func fcgid() throws {
            let site = try Site(Delivery(server: .apacheFcgid, streams: true))
            defer { try? site.stop() }
            let (slow, slower) = (
                try Self.download("/wait/3000", from: site, to: "slow"),
                try Self.download("/wait/30000", from: site, to: "slower")
            )
            let deadline = time(nil) + Socket.patience
            while site.logs().ranges(of: "a request waits").count < 2, time(nil) < deadline { usleep(5_000) }

            site.signalServer(SIGUSR1)
            #expect(try slow.waitForEnd() == .exited(0))
            #expect(try Files.text("\(site.directory)/slow") == "waited")
            let start = ContinuousClock.now
            #expect(try site.client.get("/ready").text == "ready")
            // Without the settings, 12 seconds.
            #expect(ContinuousClock.now - start < .seconds(9))
            _ = try slower.waitForEnd()
            #expect((try? Files.text("\(site.directory)/slower"))?.contains("waited") != true)
            let logs = site.logs()
            #expect(logs.contains("the drain time is over (FASTCGI_DRAIN_TIMEOUT); open connections: 1"))
            #expect(!logs.contains("terminating forcefully"))
        }
    }
}
