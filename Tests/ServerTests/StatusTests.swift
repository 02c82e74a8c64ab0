import Glibc
import Testing

extension ServerTests {
    @Suite struct StatusTests {
        // Caddy 2.6 reads the program's words and drops them, with capture_stderr as well.
        @Test(
            "What a handler throws is in the web server's error log",
            arguments: Delivery.all.filter { $0.server != .caddy })
        func errorLog(_ delivery: Delivery) throws {
            try withSite(delivery) { site in
                let sizes = site.logSizes
                let answer = try site.client.get("/throw")
                #expect(answer.status == 500)
                let line = "error FastCGI: the handler threw: Broken() path=/throw"
                // The program's own standard error has it too, behind the time in UTC.
                let isThere = {
                    site.logs(from: sizes).split(separator: "\n").contains {
                        $0.contains(line) && !$0.contains("Z \(line)")
                    }
                }
                for _ in 0..<500 where !isThere() { usleep(10_000) }
                #expect(isThere())
            }
        }

        @Test("A health check gets the numbers", arguments: Delivery.all)
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
