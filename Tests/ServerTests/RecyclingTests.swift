import Glibc
import Sendfile
import Testing

extension ServerTests {
    /// Programs that Apache starts and ends.
    @Suite struct RecyclingTests {
        /// Several programs, as mod_fcgid starts them by default, since it gives each one request at a time. mod_fcgid
        /// counts a program that has ended until its next scan, and starts others slowly if it considers them broken.
        private static let manyPrograms = [
            "FcgidMaxProcesses 32": "FcgidMaxProcesses 60\nFcgidMaxProcessesPerClass 60\nFcgidSpawnScoreUpLimit 100000",
            "FcgidMinProcessesPerClass 1":
                "FcgidMinProcessesPerClass 0\nFcgidErrorScanInterval 1\nFcgidZombieScanInterval 1\nFcgidIdleScanInterval 1",
        ]

        @Test("mod_fcgid ends its programs after five requests each, and no request is lost")
        func recycled() throws {
            let site = try Site(
                Delivery(server: .apacheFcgid, streams: false),
                settings: Self.manyPrograms.merging(
                    ["FcgidMaxRequestsPerProcess 0": "FcgidMaxRequestsPerProcess 5"]) { $1 })
            let answers = Locked<Set<String>>([])
            try RestartTests.load(site, requests: 200, answers: answers).finish()
            // Nine in ten of the requests ask for the process.
            #expect(answers.withLock { $0.count } >= 200 / 5 * 9 / 10)
            try site.stop()
        }

        @Test("mod_fcgid ends idle and old programs, and no request is lost")
        func expired() throws {
            let settings = [
                "FcgidIdleTimeout 0": "FcgidIdleTimeout 1", "FcgidProcessLifeTime 0": "FcgidProcessLifeTime 1",
            ]
            let site = try Site(
                Delivery(server: .apacheFcgid, streams: false),
                settings: Self.manyPrograms.merging(settings) { $1 })
            let answers = Locked<Set<String>>([])
            try RestartTests.load(site, requests: 400, answers: answers).finish()
            let first = try site.program().pid
            // The site is idle now.
            let deadline = time(nil) + Socket.patience
            while kill(first, 0) == 0, time(nil) < deadline { usleep(20_000) }
            #expect(kill(first, 0) != 0)
            try RestartTests.load(site, requests: 400, answers: answers).finish()
            #expect(answers.withLock { $0.count } > 1)
            try site.stop()
        }

        @Test("Requests during Apache's graceful restart are answered")
        func graceful() throws {
            let site = try Site(Delivery(server: .apacheFcgid, streams: false), settings: Self.manyPrograms)
            let client = site.client
            @Sendable func ask(_ number: Int) throws {
                let answer = try client.get("/wait/1000")
                guard answer.text == "waited" else { throw Failure("\(number): \(answer.status) \(answer.text)") }
            }
            for _ in 0..<2 {
                // mod_fcgid forgets requests that wait for a program to start. These four start the programs.
                try Load(clients: 4, requests: 4, ask).finish()
                let before = try site.program().pid
                let sizes = site.logSizes
                let load = Load(clients: 4, requests: 4, ask)
                let deadline = time(nil) + Socket.patience
                while site.logs(from: sizes).ranges(of: "a request waits").count < 4, time(nil) < deadline {
                    usleep(5_000)
                }
                site.signalServer(SIGUSR1)
                try load.finish()
                #expect(try site.program().pid != before)
            }
            try site.stop()
        }
    }
}
