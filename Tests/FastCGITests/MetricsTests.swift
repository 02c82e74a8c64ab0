import CoreMetrics
import FastCGI
import Glibc
import HTTPTypes
import MetricsTestKit
import Testing

@Suite struct MetricsTests {
    @Test("A metrics backend receives the numbers as they change") func metrics() async throws {
        let metrics = TestMetrics()
        let gate = Gate()
        let server = try await withMetricsFactory(metrics) {
            try await RunningServer(.with { $0.parameterCountLimit = 20 }) { request in
                switch request.path {
                case "/wait": await gate.wait()
                case "/missing": return Response(status: .notFound)
                default: break
                }
                return Response(body: .string("hello"))
            }
        }
        let peer = try server.peer()
        for path in ["/", "/missing", "/"] { _ = try peer.request("GET", path) }
        try await RunningServer.wait {
            server.statistics.handledRequests == 3
        }
        func counter(_ name: String, _ dimensions: [(String, String)] = []) throws -> Int64 {
            try metrics.expectCounter(name, dimensions).totalValue
        }
        func meter(_ name: String) throws -> Double? { try metrics.expectMeter(name).lastValue }
        try await RunningServer.wait { (try? meter("fastcgi_connections_idle")) == 1 }
        #expect(try counter("fastcgi_connections_accepted_total") == 1)
        #expect(try meter("fastcgi_connections_open") == 1)
        #expect(try counter("fastcgi_requests_total", [("status", "200")]) == 2)
        #expect(try counter("fastcgi_requests_total", [("status", "404")]) == 1)
        #expect(try counter("fastcgi_response_body_bytes_total") == 10)
        let durations = try metrics.expectTimer("fastcgi_request_duration_seconds")
        #expect(durations.values.count == 3)
        #expect(durations.values.allSatisfy { $0 > 0 && $0 < 10_000_000_000 })

        try peer.send(Peer.head(Peer.parameters("GET", "/wait")) + Peer.body([]))
        try await RunningServer.wait { gate.waiting == 1 }
        #expect(try meter("fastcgi_requests_active") == 1)
        #expect(try meter("fastcgi_connections_idle") == 0)
        gate.open()
        #expect(try peer.answer().status == "200 OK")
        try await RunningServer.wait { (try? meter("fastcgi_requests_active")) == 0 }

        #expect(try server.peer().request("GET", "/", (0..<30).map { ("X\($0)", "") }).status.hasPrefix("431"))
        #expect(try counter("fastcgi_limits_hit_total", [("limit", "parameter_count")]) == 1)
        #expect(try counter("fastcgi_limits_hit_total", [("limit", "parameter_bytes")]) == 0)
        try await server.stop()
        #expect(try meter("fastcgi_connections_open") == 0)
        // There are as many handles as names and statuses, so no request created one.
        #expect(metrics.counters.count == 4 + 2 + ServerStatistics.Limit.allCases.count)
        #expect(metrics.timers.count == 1)
    }
}
