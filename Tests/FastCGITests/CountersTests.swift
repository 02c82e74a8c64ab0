import Testing

@testable import FastCGI

@Suite struct CountersTests {
    @Test("No count is lost when many threads count concurrently") func manyThreads() async {
        let counters = ServerCounters()
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<8 {
                group.addTask {
                    for _ in 0..<5000 {
                        counters.connectionAccepted()
                        counters.requestBegan()
                        counters.requestEnded(
                            status: 200 + task % 4, bodyBytes: 3, nanoseconds: 2, isComplete: task != 0)
                        counters.connectionClosed()
                        counters.limitHit(task % 2 == 0 ? .body : .drainTimeout)
                        // A concurrent reader never sees a negative value.
                        if task == 7 {
                            let statistics = counters.statistics
                            #expect(statistics.openConnections >= 0 && statistics.activeRequests >= 0)
                        }
                    }
                }
            }
        }
        let statistics = counters.statistics
        #expect(statistics.requestsByStatus == [200: 10_000, 201: 10_000, 202: 10_000, 203: 10_000])
        #expect(statistics.connectionsAccepted == 40_000)
        #expect(statistics.openConnections == 0)
        #expect(statistics.activeRequests == 0)
        #expect(statistics.incompleteResponses == 5000)
        #expect(statistics.bodyBytes == 120_000)
        #expect(statistics.totalDuration == .nanoseconds(80_000))
        #expect(statistics.limitsHit[.body] == 20_000)
        #expect(statistics.limitsHit[.drainTimeout] == 20_000)
        #expect(statistics.limitsHit[.connections] == 0)
    }

    @Test(
        "A duration counts for each bound that it does not exceed",
        arguments: [
            (Int64(0), 10), (500_000, 10), (500_001, 9), (1_000_000, 9), (30_000_000_000, 1), (30_000_000_001, 0),
            (.max, 0),
        ])
    func durations(nanoseconds: Int64, bounds: Int) {
        let counters = ServerCounters()
        counters.requestEnded(status: 200, bodyBytes: 0, nanoseconds: nanoseconds, isComplete: true)
        let statistics = counters.statistics
        #expect(statistics.durations.map(\.count).reduce(0, +) == bounds)
        #expect(statistics.prometheusText.contains("fastcgi_request_duration_seconds_count 1\n"))
    }

    @Test(
        "A number that is not a status is counted separately",
        arguments: [(100, 100), (599, 599), (99, 0), (600, 0), (-1, 0), (999, 0)])
    func invalidStatus(status: Int, key: Int) {
        let counters = ServerCounters()
        counters.requestEnded(status: status, bodyBytes: 0, nanoseconds: 1, isComplete: true)
        #expect(counters.statistics.requestsByStatus == [key: 1])
    }

    @Test(
        "A duration is written in decimal seconds",
        arguments: [
            (Duration.zero, "0"), (.milliseconds(5), "0.005"), (.seconds(30), "30"), (.nanoseconds(1), "0.000000001"),
            (.milliseconds(1500), "1.5"), (.nanoseconds(10_000_000_010), "10.00000001"),
        ])
    func seconds(duration: Duration, text: String) {
        #expect(duration.decimalSeconds == text)
    }
}
