import CoreMetrics
import Synchronization

/// The server's metrics in swift-metrics, with handles that are created once.
///
/// It exists only if the program has set up a metrics backend; otherwise no call is made per request.
final class ServerMetrics: Sendable {
    /// A counter of one status, created with its first response.
    private final class StatusCounter: Sendable {
        let counter = AtomicLazyReference<Counter>()
    }

    private let factory: any MetricsFactory
    private let workersReplaced: Counter
    private let connectionsAccepted: Counter
    private let connectionsOpen: Meter
    private let connectionsIdle: Meter
    private let requestsActive: Meter
    private let statuses: [StatusCounter]
    private let responsesIncomplete: Counter
    private let bodyBytes: Counter
    private let duration: Timer
    private let limits: [Counter]

    /// Creates the metrics; `nil` without a metrics backend.
    init?(factory: any MetricsFactory) {
        guard !(factory is NOOPMetricsHandler) else { return nil }
        func counter(_ name: MetricName) -> Counter { Counter(label: name.rawValue, factory: factory) }
        func meter(_ name: MetricName) -> Meter { Meter(label: name.rawValue, factory: factory) }
        self.factory = factory
        self.statuses = (0..<501).map { _ in StatusCounter() }
        self.workersReplaced = counter(.workersReplaced)
        self.connectionsAccepted = counter(.connectionsAccepted)
        self.connectionsOpen = meter(.connectionsOpen)
        self.connectionsIdle = meter(.connectionsIdle)
        self.requestsActive = meter(.requestsActive)
        self.responsesIncomplete = counter(.responsesIncomplete)
        self.bodyBytes = counter(.bodyBytes)
        self.duration = Timer(label: MetricName.duration.rawValue, preferredDisplayUnit: .seconds, factory: factory)
        self.limits = ServerStatistics.Limit.allCases.map {
            Counter(label: MetricName.limitsHit.rawValue, dimensions: [("limit", $0.name)], factory: factory)
        }
    }

    func workerReplaced() { self.workersReplaced.increment() }

    func connectionAccepted() {
        self.connectionsAccepted.increment()
        self.connectionsOpen.increment()
        self.connectionsIdle.increment()
    }

    func connectionClosed() {
        self.connectionsOpen.decrement()
        self.connectionsIdle.decrement()
    }

    func requestBegan() {
        self.requestsActive.increment()
        self.connectionsIdle.decrement()
    }

    func requestEnded(status: Int, bodyBytes: Int64, nanoseconds: Int64, isComplete: Bool) {
        self.requestsActive.decrement()
        self.connectionsIdle.increment()
        self.counter(of: status).increment()
        self.duration.recordNanoseconds(nanoseconds)
        if bodyBytes > 0 { self.bodyBytes.increment(by: bodyBytes) }
        if !isComplete { self.responsesIncomplete.increment() }
    }

    func limitHit(_ limit: ServerStatistics.Limit) { self.limits[limit.index].increment() }

    private func counter(of status: Int) -> Counter {
        let isStatus = (100..<600).contains(status)
        let place = self.statuses[isStatus ? status - 100 : 500]
        if let counter = place.counter.load() { return counter }
        return place.counter.storeIfNil(
            Counter(
                label: MetricName.requests.rawValue, dimensions: [("status", String(isStatus ? status : 0))],
                factory: self.factory))
    }
}
