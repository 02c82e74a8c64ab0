import Glibc
import Testing

extension ServerTests {
    @Suite struct HealthCheckTests {
        // Caddy 2.6 reads and drops the program's messages, even with capture_stderr.
        @Test(
            "A handler's error is in the web server's error log",
            arguments: Delivery.all.filter { $0.server != .caddy })
        func errorLog(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let sizes = site.logSizes
                let answer = try site.client.get("/throw")
                #expect(answer.status == 500)
                let line = "error FastCGI: the handler threw: Broken() path=/throw"
                // The program's own standard error contains it, too, after the time in UTC.
                let isThere = {
                    site.logs(from: sizes).split(separator: "\n").contains {
                        $0.contains(line) && !$0.contains("Z \(line)")
                    }
                }
                for _ in 0..<500 where !isThere() { usleep(10_000) }
                #expect(isThere())
            }
        }

        @Test("A health check returns the statistics", arguments: Delivery.all)
        func status(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let json = try site.client.get("/status")
                #expect(json.status == 200)
                #expect(json.field("Content-Type") == "application/json")
                #expect(json.text.contains("\"stopping\":false"))
                let text = try site.client.get("/status", ["Accept": "text/plain"])
                #expect(text.text.contains("\nfastcgi_requests_total{status=\"200\"} "))
            }
        }
    }
}
