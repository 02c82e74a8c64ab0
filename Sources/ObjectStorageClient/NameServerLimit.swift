import Dispatch
import Glibc
import ObjectStorage
import Sendfile

/// Limits the requests of a store whose name a silent name server does not resolve.
///
/// async-http-client resolves the store's name for each new connection. Each of its threads asks one question after the other, and glibc
/// waits for an answer for ten seconds (resolv.conf(5)), also after the request has ended. So a few seconds without answers would leave
/// questions for minutes, and no request could connect although the name server answers again. This type asks first, with one question
/// at a time. While that is not answered, only a few requests go on, because they may have a kept connection.
final class NameServerLimit: Sendable {
    static let shared = NameServerLimit()

    private struct Name {
        /// The time of the last answer.
        var answered: ContinuousClock.Instant?
        /// The time of the question that is not answered yet.
        var asked: ContinuousClock.Instant?
        /// The requests that may go on without an answer. One that then cannot connect has left a question, and its place stays taken.
        var places = NameServerLimit.places
    }

    private enum Decision {
        case known, unknown, wait
    }

    private static let places = 4
    /// The time for which an answer is used.
    private static let life = Duration.seconds(10)
    /// A question that is not answered in this time counts as unanswered.
    private static let patience = Duration.seconds(1)
    /// The time for which a request waits: as long as for a connection.
    private static let longestWait = Duration.seconds(5)

    private let names = Locked<[String: Name]>([:])

    /// Performs a request to a host.
    ///
    /// - Throws: ``ObjectStoreTimeout`` if the name server does not answer in five seconds, or an error of the operation.
    func perform<Result: Sendable>(
        for host: String, leavesQuestion: (any Error) -> Bool, _ operation: () async throws -> Result
    ) async throws -> Result {
        guard try await self.enter(host) == .unknown else { return try await operation() }
        do {
            let result = try await operation()
            self.leave(host)
            return result
        } catch {
            if !leavesQuestion(error) { self.leave(host) }
            throw error
        }
    }

    private func enter(_ host: String) async throws -> Decision {
        let end = ContinuousClock.now + Self.longestWait
        while true {
            let decision = self.decide(host)
            guard decision == .wait else { return decision }
            guard .now < end else { throw ObjectStoreTimeout() }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func leave(_ host: String) {
        self.names.withLock { names in
            if let places = names[host]?.places, places < Self.places { names[host]?.places = places + 1 }
        }
    }

    private func decide(_ host: String) -> Decision {
        self.names.withLock { names in
            let now = ContinuousClock.now
            var name = names[host] ?? Name()
            defer { names[host] = name }
            if let answered = name.answered, answered + Self.life > now { return .known }
            let asked = name.asked ?? now
            if name.asked == nil {
                name.asked = now
                self.ask(host)
            }
            // The answer usually comes within this time, so requests do not wait for it.
            if name.answered != nil, asked + Self.patience > now { return .known }
            guard asked + Self.patience <= now, name.places > 0 else { return .wait }
            name.places -= 1
            return .unknown
        }
    }

    /// Asks for the name on a thread of its own.
    private func ask(_ host: String) {
        let start = ContinuousClock.now
        DispatchQueue(label: "name of a store").async {
            var found: UnsafeMutablePointer<addrinfo>?
            let result = getaddrinfo(host, nil, nil, &found)
            if let found { freeaddrinfo(found) }
            // An error that comes at once comes at once for each connection.
            let isAnswered = result != EAI_AGAIN || start.duration(to: .now) < Self.patience
            self.names.withLock { names in
                names[host]?.asked = nil
                names[host]?.answered = isAnswered ? .now : nil
                if isAnswered { names[host]?.places = Self.places }
            }
        }
    }

    /// The host of a URL, without brackets.
    static func host(of url: String) -> String {
        let authority = (url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]).prefix { $0 != "/" }
        if authority.first == "[" { return String(authority.dropFirst().prefix { $0 != "]" }) }
        return String(authority.prefix { $0 != ":" })
    }
}
